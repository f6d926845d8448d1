import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../../sandbox/index.js';
import { assetUrl } from '../../../sandbox/gateway/pages/assets-site.js';

let sandbox: Pass2PaySandbox;
beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start();
});
afterAll(() => sandbox.stop());

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, init);
}

describe('the files that pages load', () => {
  it('are kept for good under a URL that changes with them', async () => {
    const response = await get(assetUrl('base.css'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/css;charset=UTF-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(await response.text()).toContain('.button');
  });

  it('are checked for changes under their bare name, or one of an older version', async () => {
    const bare = await get('/sandbox-assets/base.css');
    expect(bare.headers.get('cache-control')).toBe('public, no-cache');
    expect((await get('/sandbox-assets/base.css?v=old')).headers.get('cache-control')).toBe('public, no-cache');
    const etag = bare.headers.get('etag') ?? '';
    const again = await get('/sandbox-assets/base.css', { headers: { 'If-None-Match': `"x", W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await get('/sandbox-assets/base.css', { headers: { 'If-None-Match': '"x"' } })).status).toBe(200);
  });

  it('are those of their folder and no others', async () => {
    for (const path of ['none.css', '', '..%2fassets-site.js', '%2e%2e/assets-site.ts', 'constructor']) {
      expect({ path, status: (await get(`/sandbox-assets/${path}`)).status }).toEqual({ path, status: 404 });
    }
    expect((await get('/sandbox-assets/base.css', { method: 'POST' })).status).toBe(405);
    expect(() => assetUrl('none.css')).toThrow('none.css');
  });
});
