import { describe, expect, it } from '@jest/globals';
import { AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { Attempt } from '../../../lib/client/transport/attempt.js';
import { undiciAdapter } from '../../../lib/client/transport/undici-adapter.js';
import { rejectionOf } from '../support/failure-of.js';
import { HeldController, HeldDispatcher, requestConfig } from './support/held-dispatcher.js';

type Changes = Partial<InternalAxiosRequestConfig>;

/** Whether undici sends a request; axios's own adapter sends nothing, because the signal has been aborted. */
async function isByUndici(changes: Changes): Promise<boolean> {
  const dispatcher = new HeldDispatcher();
  const config = requestConfig({ maxRedirects: 0, signal: AbortSignal.abort(), ...changes });
  const ended = Promise.resolve(undiciAdapter(dispatcher, {})(config)).catch(() => 'ended');
  const isHeld = dispatcher.requests.length === 1;
  if (!isHeld) expect(await ended).toBe('ended');
  return isHeld;
}

describe('undici sends', () => {
  it.each<[string, Changes]>([
    ['text', { data: 'x' }],
    ['bytes', { data: Buffer.from('x') }],
    ['no body', { data: undefined }],
    ['a request for text', { responseType: 'text' }],
    ['a request for JSON', { responseType: 'json' }],
    ['a request for bytes', { responseType: 'arraybuffer' }],
    ['a request of no type', { responseType: undefined }],
  ])('%s', async (_what, changes) => {
    expect(await isByUndici(changes)).toBe(true);
  });

  it('with the timeouts of the options, and its response is the adapter’s', async () => {
    const dispatcher = new HeldDispatcher();
    const adapter = undiciAdapter(dispatcher, { headersTimeoutMs: 20, bodyTimeoutMs: 30 });
    const response = adapter(requestConfig({ maxRedirects: 0 }));
    expect(dispatcher.requests).toMatchObject([{ headersTimeout: 20, bodyTimeout: 30 }]);
    const [handler] = dispatcher.handlers;
    const controller = new HeldController().asUndici;
    handler!.onRequestStart!(controller, {});
    handler!.onResponseStart!(controller, 200, {});
    handler!.onResponseEnd!(controller, {});
    expect(await response).toMatchObject({ status: 200, data: '' });
  });
});

describe('axios’s own adapter sends', () => {
  it.each<[string, Changes]>([
    ['what may follow redirects', { maxRedirects: 5 }],
    ['what may follow axios’s default number of redirects', { maxRedirects: undefined }],
    ['a request for a stream', { responseType: 'stream' }],
    ['other bodies', { data: new URLSearchParams('a=1') }],
    ['no text', { data: null }],
  ])('%s', async (_what, changes) => {
    expect(await isByUndici(changes)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['httpAgent', {}],
    ['httpsAgent', {}],
    ['proxy', false],
    ['socketPath', '/run/gateway'],
    ['lookup', () => {}],
    ['family', 4],
    ['transport', {}],
    ['auth', { username: 'u', password: 'p' }],
    ['cancelToken', { promise: new Promise(() => {}), subscribe: () => {}, unsubscribe: () => {} }],
    ['beforeRedirect', () => {}],
    ['maxRate', 100],
    ['onUploadProgress', () => {}],
    ['onDownloadProgress', () => {}],
    ['responseEncoding', 'latin1'],
    ['insecureHTTPParser', true],
    ['httpVersion', 1],
  ])('what sets %s, so that no setting is ignored', async (name, value) => {
    expect(await isByUndici({ [name]: value })).toBe(false);
    expect(await isByUndici({ [name]: undefined })).toBe(true);
  });

  it('a request that ends with its attempt', async () => {
    const attempt = new Attempt();
    const lookup = () => {
      attempt.end();
    };
    const config = requestConfig({ headers: new AxiosHeaders(), lookup } as Changes);
    const failure = rejectionOf(Promise.resolve(undiciAdapter(new HeldDispatcher(), {})(attempt.mark(config))));
    expect(await failure).toMatchObject({ code: 'ERR_CANCELED' });
  });
});
