import { describe, expect, it } from '@jest/globals';
import { messageIn, type NotifyRequest } from '../../lib/notify/notify-request.js';

const messageOf = (changes: Partial<NotifyRequest> = {}) => messageIn({ url: '/pay/notify', headers: {}, ...changes });

describe('the notify in a request', () => {
  it('has the raw bytes and their size, also if there is a parsed body and an announced size', () => {
    const rawBody = Buffer.from('a=支付');
    const message = messageOf({ rawBody, body: { a: '1' }, headers: { 'content-length': '99' } });
    expect(message.body).toBe(rawBody);
    expect(message.contentLength).toBe(8);
  });

  it('has the size of raw bytes that were chunked or compressed', () => {
    const headers = { 'transfer-encoding': 'chunked', 'content-encoding': 'gzip' };
    expect(messageOf({ rawBody: Buffer.alloc(0), headers }).contentLength).toBe(0);
  });

  it.each([
    ['the announced one', { 'content-length': '11' }, 11],
    ['0 if none is announced', {}, 0],
    ['unknown if it was chunked', { 'content-length': '11', 'transfer-encoding': 'chunked' }, Infinity],
    ['unknown if it was compressed', { 'content-length': '11', 'content-encoding': 'gzip' }, Infinity],
  ])('has the parsed body, whose size is %s', (_what, headers, contentLength) => {
    const body = { a: '1' };
    const message = messageOf({ body, headers });
    expect(message.body).toBe(body);
    expect(message.contentLength).toBe(contentLength);
  });

  it('has the content type', () => {
    expect(messageOf({ headers: { 'content-type': 'application/json' } }).contentType).toBe('application/json');
    expect(messageOf().contentType).toBeUndefined();
  });

  it.each([
    ['/pay/notify', ''],
    ['/pay/notify?', ''],
    ['/pay/notify?a=1&b=?', 'a=1&b=?'],
    ['?a=1', 'a=1'],
  ])('has the query string of %s', (url, query) => {
    expect(messageOf({ url }).query).toBe(query);
  });

  it('has the query string of the original URL, which a router may have shortened', () => {
    expect(messageOf({ url: '/notify', originalUrl: '/pay/notify?a=1' }).query).toBe('a=1');
  });
});
