// Real time: node:http itself times the wait for a silent receiver.
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeResponse, type NotifyVerdict } from '../../sandbox/gateway/notify/judge-response.js';
import { postNotify, type NotifyReceipt } from '../../sandbox/gateway/notify/notify-post.js';
import { NotifyReceiver, saying, silent } from './support/notify-receiver.js';

/** Only ends a test that hangs. */
const PATIENCE_MS = 60_000;

function post(url: string, timeoutMs = PATIENCE_MS): Promise<NotifyReceipt> {
  return postNotify(
    { url, body: 'state=2', contentType: 'application/x-www-form-urlencoded' },
    timeoutMs,
    new AbortController().signal,
  );
}

async function responseTo(reply: ReturnType<typeof saying>, timeoutMs?: number): Promise<NotifyReceipt> {
  const receiver = await NotifyReceiver.start(reply);
  try {
    return await post(receiver.url, timeoutMs);
  } finally {
    await receiver.stop();
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const HTML_TYPE = { 'Content-Type': 'text/html' };

describe('an acknowledgement', () => {
  it.each([
    ['success', saying('success'), 'The body is `success`.'],
    ['SUCCESS', saying('SUCCESS'), 'lower case'],
    ['success with status 500', saying('success', 500), 'ignores the HTTP status 500'],
    ['success with a redirect', saying('success', 302, { Location: '/login' }), 'HTTP status 302'],
    ['success as JSON by its type', saying('success', 200, JSON_TYPE), 'The body is `success`.'],
    ['success, gzipped', saying(gzipSync('success'), 200, { 'Content-Encoding': 'gzip' }), 'The body is `success`.'],
  ])('%s counts', async (_what, reply, reason) => {
    const { acknowledged, judgement } = await responseTo(reply);
    expect(acknowledged).toBe(true);
    expect(judgement).toEqual({
      verdict: 'acknowledged',
      acknowledged: true,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('what is none says why', () => {
  const utf16 = Buffer.from('success', 'utf16le');
  it.each<[string, ReturnType<typeof saying>, NotifyVerdict, string]>([
    ['a line break after it', saying('SUCCESS\n'), 'white-space', 'a line break after `success`'],
    ['a space before it', saying(' success'), 'white-space', 'white space before `success`'],
    ['spaces around it', saying(' success '), 'white-space', 'white space around `success`'],
    ['a byte order mark', saying('\uFEFFsuccess'), 'byte-order-mark', 'U+FEFF'],
    ['a byte order mark and a line break', saying('\uFEFFsuccess\r\n'), 'white-space', 'success'],
    ['a zero-width space', saying('success\u200B'), 'invisible-character', 'U+200B'],
    ['a null byte', saying('success\0'), 'invisible-character', 'U+0000'],
    ['quotation marks', saying('"success"', 200, JSON_TYPE), 'quoted', 'like a JSON string'],
    ['typographic quotation marks', saying('“success”'), 'quoted', 'in quotation marks'],
    ['JSON', saying('{"code":"success"}', 200, JSON_TYPE), 'json', 'If an interceptor wraps all responses'],
    ['an array', saying('["success"]'), 'json', 'The response is JSON'],
    ['HTML', saying('<!DOCTYPE html><title>success</title>', 200, HTML_TYPE), 'html', 'front end'],
    ['a piece of HTML', saying('<p>success</p>', 200, HTML_TYPE), 'html', 'an HTML page'],
    ['XML', saying('<?xml version="1.0"?><return_code>SUCCESS</return_code>'), 'xml', 'another gateway'],
    ['nothing', saying('', 204), 'empty', 'no body (HTTP 204)'],
    ['a redirect', saying('', 302, { Location: '/login' }), 'redirect', 'does not follow'],
    ['another text', saying('OK'), 'other-text', 'the text "OK", not `success`'],
    ['more than success', saying('successful'), 'other-text', '"successful"'],
    ['fail', saying('fail'), 'other-text', 'will send it again'],
    ['fail with status 500', saying('fail', 500), 'receiver-failed', 'will send the notify again'],
    ['a refusal', saying('', 401), 'refused', '(HTTP 401)'],
    ['a refusal as Nest writes it', saying('{"statusCode":401}', 401, JSON_TYPE), 'refused', '(HTTP 401)'],
    ['no such route', saying('{"statusCode":404}', 404, JSON_TYPE), 'not-found', 'correct the notifyUrl’s path'],
    ['UTF-16 that does not say so', saying(utf16), 'charset', 'success` in utf-16le'],
    [
      'UTF-8 that says that it is UTF-16',
      saying('success', 200, { 'Content-Type': 'text/plain; charset=utf-16le' }),
      'charset',
      '`success` in utf-8, but its Content-Type has "utf-16le"',
    ],
    ['brotli', saying('success', 200, { 'Content-Encoding': 'br' }), 'acknowledged', 'success'],
    ['brotli bytes', saying('\u000b\u0003', 200, { 'Content-Encoding': 'br' }), 'compression', '"br"'],
    ['gzip that is none', saying('success', 200, { 'Content-Encoding': 'gzip' }), 'compression', 'Content-Encoding'],
  ])('%s', async (_what, reply, verdict, reason) => {
    const { judgement } = await responseTo(reply);
    expect(judgement).toMatchObject({ verdict, reason: expect.stringContaining(reason) });
  });

  it('a receiver that is silent', async () => {
    const { judgement, error } = await responseTo(silent, 50);
    expect(error).toBe('no response within 50 ms');
    expect(judgement).toMatchObject({ verdict: 'timeout', reason: expect.stringContaining('within 50 ms: respond') });
  });

  describe('what does not speak HTTP', () => {
    const servers: Server[] = [];
    afterAll(() => servers.forEach((server) => server.close()));

    async function tcp(greeting: string): Promise<string> {
      const server = createTcpServer((socket) => socket.on('error', () => socket.destroy()).end(greeting));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it.each([
      ['something else', 'http', 'SSH-2.0-OpenSSH\r\n\r\n', 'broken-off'],
      ['nothing', 'http', '', 'broken-off'],
      ['plain text where TLS is expected', 'https', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'tls'],
    ])('%s', async (_what, scheme, greeting, verdict) => {
      const { judgement, acknowledged } = await post(`${scheme}://${await tcp(greeting)}/`);
      expect({ verdict: judgement.verdict, acknowledged }).toEqual({ verdict, acknowledged: false });
    });
  });

  it('a port where nobody listens', async () => {
    const { judgement } = await post('http://127.0.0.1:1/notify');
    expect(judgement).toMatchObject({ verdict: 'not-reached', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('a URL that is none', async () => {
    expect((await post('http://')).judgement.verdict).toBe('bad-url');
    expect((await post('ftp://127.0.0.1/')).judgement.verdict).toBe('bad-url');
  });

  it('an attempt that is broken off', async () => {
    const receiver = await NotifyReceiver.start(silent);
    const abort = new AbortController();
    const receipt = postNotify({ url: receiver.url, body: '', contentType: 'text/plain' }, PATIENCE_MS, abort.signal);
    abort.abort();
    expect((await receipt).judgement.verdict).toBe('not-sent');
    await receiver.stop();
  });
});

it('whatever comes is judged, and only success, in any case, counts', () => {
  const headers = fc.record(
    { 'content-type': fc.string(), 'content-encoding': fc.string(), location: fc.string() },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string(), fc.mixedCase(fc.constant('success')), fc.string()).map((parts) => parts.join('')),
    fc.mixedCase(fc.constant('success')),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), headers, text, (status, given, body) => {
      const judgement = judgeResponse({ status, headers: given, bytes: Buffer.from(body), text: body });
      expect(judgement.acknowledged).toBe(/^success$/i.test(body));
      expect(judgement.verdict === 'acknowledged').toBe(judgement.acknowledged);
      expect(judgement.reason).toMatch(/\S\.$/);
    }),
  );
});
