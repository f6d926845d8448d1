import { describe, expect, it } from '@jest/globals';
import { withBody, type RawRequest } from '../../lib/notify/notify-body.js';
import { requestOf } from './support/exchange.js';

/** The most bytes of a notify. */
const MAX = 12 * 1024;

const listenersOf = (request: RawRequest) =>
  ['data', 'end', 'error', 'close'].flatMap((event) => request.listeners(event));

describe('the body of a request', () => {
  it('is the bytes of all its chunks', async () => {
    const request = requestOf();
    const read = withBody(request);
    for (const chunk of ['a=', '1&b=', '2', null]) request.push(chunk);
    expect((await read).rawBody).toStrictEqual(Buffer.from('a=1&b=2'));
  });

  it('is not copied if it comes in one chunk', async () => {
    const request = requestOf();
    const read = withBody(request);
    const chunk = Buffer.from('a=1');
    request.emit('data', chunk);
    request.emit('end');
    expect((await read).rawBody).toBe(chunk);
  });

  it('is empty if there are no bytes', async () => {
    const request = requestOf();
    request.push(null);
    expect((await withBody(request)).rawBody).toStrictEqual(Buffer.alloc(0));
  });

  it('is read if its announced size is the maximum, or unknown', async () => {
    for (const headers of [{ 'content-length': String(MAX) }, {}]) {
      const request = requestOf({ headers });
      request.push('a=1');
      request.push(null);
      expect((await withBody(request)).rawBody).toStrictEqual(Buffer.from('a=1'));
    }
  });

  it('is not read if its announced size is above the maximum', async () => {
    const request = requestOf({ headers: { 'content-length': String(MAX + 1) } });
    request.push(null);
    const read = await withBody(request);
    expect(read).not.toHaveProperty('rawBody');
    expect(read).not.toHaveProperty('body');
    expect(request.readableDidRead).toBe(false);
    expect(listenersOf(request)).toStrictEqual([]);
  });

  it('is read to its end if it has the maximum size', async () => {
    const request = requestOf();
    const read = withBody(request);
    request.push(Buffer.alloc(MAX - 1, 'a'));
    request.push('b');
    request.push(null);
    expect((await read).rawBody).toHaveLength(MAX);
    expect(request.isPaused()).toBe(false);
    expect(request.readableEnded).toBe(true);
  });

  it('is read no further than the chunk that exceeds the maximum size', async () => {
    const request = requestOf();
    const read = withBody(request);
    request.push(Buffer.alloc(MAX, 'a'));
    request.push('b');
    request.push('c');
    request.push(null);
    expect((await read).rawBody).toStrictEqual(Buffer.from(`${'a'.repeat(MAX)}b`));
    expect(request.isPaused()).toBe(true);
    expect(request.readableEnded).toBe(false);
  });

  it.each([1, MAX + 1])('of %i bytes leaves no listeners', async (size) => {
    const request = requestOf();
    const before = listenersOf(request);
    const read = withBody(request);
    expect(listenersOf(request)).toHaveLength(before.length + 4);
    request.push(Buffer.alloc(size, 'a'));
    request.push(null);
    await read;
    expect(listenersOf(request)).toStrictEqual(before);
  });

  it('fails if the sender disconnects before its end', async () => {
    const request = requestOf();
    const read = withBody(request);
    request.push('a=');
    request.emit('close');
    await expect(read).rejects.toThrow('the sender disconnected before the end of the body');
  });

  it('fails if the connection does', async () => {
    const request = requestOf();
    const read = withBody(request);
    const failure = new Error('read ECONNRESET');
    request.emit('error', failure);
    await expect(read).rejects.toBe(failure);
  });
});

describe('the body of a request that middleware has read', () => {
  it('is its raw bytes if they were kept', async () => {
    const rawBody = Buffer.from('a=1');
    const read = await withBody(requestOf({ rawBody, body: { a: '1' } }));
    expect(read.rawBody).toBe(rawBody);
    expect(read).not.toHaveProperty('body');
  });

  it.each([[{ a: '1' }], [{}], ['']])('is what a parser made of it (%j)', async (body) => {
    const request = requestOf({ body });
    request.push(null);
    const read = await withBody(request);
    expect(read.body).toBe(body);
    expect(read).not.toHaveProperty('rawBody');
    expect(request.readableDidRead).toBe(false);
  });

  it('is nothing if the stream was read and nothing was kept', async () => {
    const request = requestOf();
    request.push('a=1');
    request.push(null);
    request.resume();
    await new Promise((resolve) => request.once('end', resolve));
    const read = await withBody(request);
    expect(read.body).toBeUndefined();
    expect(read).not.toHaveProperty('rawBody');
    expect(listenersOf(request)).toStrictEqual([]);
  });

  it.each([undefined, null])('is read from the stream if the parsed body is %s', async (body) => {
    const request = requestOf({ body });
    request.push('a=1');
    request.push(null);
    expect((await withBody(request)).rawBody).toStrictEqual(Buffer.from('a=1'));
  });
});

describe('a request with its body', () => {
  const rawBody = Buffer.from('a=1');

  it('has the URL and the headers of the request', async () => {
    const headers = { 'content-type': 'text/plain' };
    const read = await withBody(requestOf({ rawBody, url: '/notify?a=1', originalUrl: '/pay/notify?a=1', headers }));
    expect(read).toMatchObject({ url: '/notify?a=1', originalUrl: '/pay/notify?a=1' });
    expect(read.headers).toBe(headers);
  });

  it('has its URL as the original one if no router has shortened it', async () => {
    expect(await withBody(requestOf({ rawBody, url: '/pay/notify' }))).toMatchObject({ originalUrl: '/pay/notify' });
  });

  it('has an empty URL if Node’s request has none', async () => {
    const request = Object.assign(requestOf({ rawBody }), { url: undefined });
    expect(await withBody(request as unknown as RawRequest)).toMatchObject({ url: '', originalUrl: '' });
  });

  it('determines the address of the sender only if it is needed', async () => {
    let times = 0;
    const sender = {
      get ip() {
        times += 1;
        return '203.0.113.7';
      },
    };
    const read = await withBody(requestOf({ rawBody, ip: '203.0.113.8' }), sender);
    expect(times).toBe(0);
    expect(read.ip).toBe('203.0.113.7');
    expect(times).toBe(1);
  });

  it('has the address of the request if no sender is given', async () => {
    expect((await withBody(requestOf({ rawBody, ip: '203.0.113.8' }))).ip).toBe('203.0.113.8');
  });
});
