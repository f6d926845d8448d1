import { getAdapter, type AxiosAdapter, type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import type { Dispatcher, Pool } from 'undici';
import type { ResolvedClientOptions } from '../client.options.js';
import { Attempt, endingWithAttempts } from './attempt.js';
import { createDispatcher } from './dispatcher.js';
import { leanDefaults } from './lean-defaults.js';
import { demandNode } from './runtime.js';
import { undiciAdapter } from './undici-adapter.js';

/** Installs the configured transport in an axios instance, and closes it with the application. */
export class Transport {
  /** Truly private, because printing its options would show a proxy's password and a key. */
  readonly #dispatcher: Dispatcher | undefined;
  /** The dispatcher's pools, which it forgets when it closes. */
  readonly #pools = new Set<Pool>();
  private readonly timeoutMs: number;
  private closed: Promise<void> | undefined;

  constructor(
    readonly axios: AxiosInstance,
    { transport, maxConcurrent, timeoutMs }: Pick<ResolvedClientOptions, 'transport' | 'maxConcurrent' | 'timeoutMs'>,
  ) {
    demandNode();
    this.timeoutMs = timeoutMs;
    this.#dispatcher =
      transport.adapter === 'undici'
        ? createDispatcher(transport, maxConcurrent, (pool) => this.remember(pool))
        : undefined;
    const adapter = this.#dispatcher
      ? undiciAdapter(this.#dispatcher, transport)
      : endingWithAttempts(getAdapter('http'));
    leanDefaults(axios.defaults);
    axios.defaults.adapter = byAttempts(adapter);
  }

  /** Makes a request as part of an attempt. */
  async request<T>(config: AxiosRequestConfig, attempt: Attempt): Promise<AxiosResponse<T>> {
    return this.axios.request<T>(attempt.mark(config));
  }

  /** Lets current requests finish for `timeoutMs`, then closes the connections. May be called more than once. */
  onApplicationShutdown(): Promise<void> {
    this.closed ??= this.close();
    return this.closed;
  }

  private async close(): Promise<void> {
    const dispatcher = this.#dispatcher;
    if (dispatcher === undefined) return;
    const tooLong = setTimeout(() => {
      for (const pool of this.#pools) void pool.destroy();
    }, this.timeoutMs);
    try {
      await dispatcher.close();
    } finally {
      clearTimeout(tooLong);
    }
  }

  private remember(pool: Pool): void {
    for (const known of this.#pools) if (known.destroyed) this.#pools.delete(known);
    this.#pools.add(pool);
  }
}

/** An application's own requests belong to no attempt. */
function byAttempts(adapter: AxiosAdapter): AxiosAdapter {
  return async (config) => Attempt.of(config)?.send(adapter, config) ?? adapter(config);
}
