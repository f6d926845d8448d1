import { describe, expect, it, jest } from '@jest/globals';
import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { Attempt, endingWithAttempts } from '../../../lib/client/transport/attempt.js';
import { rejectionOf } from '../support/failure-of.js';
import { requestConfig } from './support/held-dispatcher.js';

const response = (status: number) => ({ status, data: '' }) as AxiosResponse;
const responding =
  (status: number): AxiosAdapter =>
  async () =>
    response(status);
const failing =
  (error: object): AxiosAdapter =>
  async () => {
    throw error as Error;
  };

describe('an attempt', () => {
  it('is found at the requests that belong to it, and at no other', () => {
    const attempt = new Attempt();
    const config = { url: 'a' };
    expect(attempt.mark(config)).toBe(config);
    expect(Attempt.of(config)).toBe(attempt);
    expect(Attempt.of({ url: 'a' })).toBeUndefined();
  });

  it('is found at a request after axios has merged its defaults into it', async () => {
    const attempt = new Attempt();
    const adapter = jest.fn<AxiosAdapter>(async (config) => ({
      ...response(200),
      headers: {},
      statusText: '',
      config,
    }));
    await axios.request(attempt.mark({ url: 'https://gateway.test', adapter }));
    expect(Attempt.of(adapter.mock.calls[0]![0])).toBe(attempt);
  });
});

describe('the gateway', () => {
  async function afterSending(...adapters: AxiosAdapter[]): Promise<boolean> {
    const attempt = new Attempt();
    for (const adapter of adapters) await attempt.send(adapter, requestConfig()).catch(() => {});
    return attempt.mayHaveActed;
  }

  it('has done nothing before a request', async () => {
    expect(await afterSending()).toBe(false);
  });

  it('may have acted while a request is in flight', () => {
    const attempt = new Attempt();
    void attempt.send(() => new Promise(() => {}), requestConfig());
    expect(attempt.mayHaveActed).toBe(true);
  });

  it.each([
    ['a success', responding(200)],
    ['a failure of the gateway', responding(500)],
    ['a lost connection', failing({ requestSent: true })],
    ['an error that proves nothing', failing(new Error('lost'))],
  ])('may have acted after %s', async (_what, adapter) => {
    expect(await afterSending(adapter)).toBe(true);
  });

  it.each([
    ['a status that proves inaction', responding(404)],
    ['the rate limit', responding(429)],
    ['a request that was never sent', failing({ requestSent: false })],
  ])('has done nothing after %s', async (_what, adapter) => {
    expect(await afterSending(adapter)).toBe(false);
  });

  it('may have acted if any of the requests may have been processed', async () => {
    expect(await afterSending(responding(500), responding(404))).toBe(true);
    expect(await afterSending(failing({ requestSent: false }), responding(200))).toBe(true);
    expect(await afterSending(responding(200), failing({ requestSent: false }))).toBe(true);
  });
});

describe('a request of an attempt', () => {
  it('has the adapter’s response, or its very error', async () => {
    const attempt = new Attempt();
    const [error, config] = [new Error('lost'), requestConfig()];
    const adapter = jest.fn(responding(200));
    expect(await attempt.send(adapter, config)).toStrictEqual(response(200));
    expect(adapter).toHaveBeenCalledWith(config);
    expect(await rejectionOf(attempt.send(failing(error), config))).toBe(error);
  });

  it('does not start after the end', async () => {
    const attempt = new Attempt();
    const adapter = jest.fn(responding(200));
    attempt.end();
    const config = requestConfig();
    expect(await rejectionOf(attempt.send(adapter, config))).toMatchObject({ code: 'ERR_CANCELED', config });
    expect(adapter).not.toHaveBeenCalled();
    expect(attempt.mayHaveActed).toBe(false);
  });

  it('is aborted at the end, as all others', () => {
    const attempt = new Attempt();
    const stops = [jest.fn(), jest.fn()];
    for (const stop of stops) attempt.whenEnded(stop);
    expect(stops[0]).not.toHaveBeenCalled();
    attempt.end();
    for (const stop of stops) expect(stop).toHaveBeenCalledTimes(1);
  });
});

describe('a request by axios’s own adapter', () => {
  function sent(changes: Partial<InternalAxiosRequestConfig>): InternalAxiosRequestConfig {
    const adapter = jest.fn(responding(200));
    void endingWithAttempts(adapter)(requestConfig(changes));
    expect(adapter).toHaveBeenCalledTimes(1);
    return adapter.mock.calls[0]![0];
  }

  it('of the application is passed on unchanged', async () => {
    const adapter = jest.fn(responding(200));
    const config = requestConfig();
    expect(await endingWithAttempts(adapter)(config)).toStrictEqual(response(200));
    expect(adapter.mock.calls[0]![0]).toBe(config);
    expect(config.signal).toBeUndefined();
  });

  it('is aborted with its attempt', () => {
    const attempt = new Attempt();
    const { signal, url } = sent(attempt.mark({}));
    expect(url).toBe('https://gateway.test/api/pay');
    expect(signal).toHaveProperty('aborted', false);
    attempt.end();
    expect(signal).toHaveProperty('aborted', true);
  });

  it('is aborted by its own signal too', () => {
    const own = new AbortController();
    const { signal } = sent(new Attempt().mark({ signal: own.signal }));
    expect(signal).toHaveProperty('aborted', false);
    own.abort();
    expect(signal).toHaveProperty('aborted', true);
  });

  it('may have a signal of another kind, which is left out', () => {
    const { signal } = sent(new Attempt().mark({ signal: { aborted: true } }));
    expect(signal).toHaveProperty('aborted', false);
  });
});
