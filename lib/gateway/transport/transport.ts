import { HttpService } from '@nestjs/axios';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { getAdapter, type AxiosAdapter } from 'axios';
import type { Dispatcher } from 'undici';
import type { ResolvedOptions } from '../../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../../pass2pay.tokens.js';
import { neverLeft } from '../transport-error.js';
import { createDispatcher } from './dispatcher.js';
import { leanDefaults } from './lean-defaults.js';
import { undiciAdapter } from './undici-adapter.js';

/** Puts the transport that the options name under the module's axios instance, and closes it with the application. */
@Injectable()
export class Transport implements OnApplicationShutdown {
  private readonly dispatcher: Dispatcher | undefined;
  private readonly timeoutMs: number;

  /** How many requests with a signal may have been sent. An interceptor may send one again. */
  private readonly sent = new WeakMap<object, number>();

  constructor(http: HttpService, @Inject(RESOLVED_OPTIONS) { transport, maxConcurrent, timeoutMs }: ResolvedOptions) {
    this.timeoutMs = timeoutMs;
    this.dispatcher = transport.adapter === 'undici' ? createDispatcher(transport, maxConcurrent) : undefined;
    const adapter = this.dispatcher ? undiciAdapter(this.dispatcher, transport) : getAdapter('http');
    leanDefaults(http.axiosRef.defaults);
    http.axiosRef.defaults.adapter = this.observed(adapter);
  }

  /** Whether any request with this signal may have been sent, whatever became of later ones. */
  mayHaveSent(signal: AbortSignal): boolean {
    return (this.sent.get(signal) ?? 0) > 0;
  }

  /** Lets the requests under way finish, and closes the connections. */
  async onApplicationShutdown(): Promise<void> {
    const { dispatcher } = this;
    if (dispatcher === undefined) return;
    const tooLong = setTimeout(() => void dispatcher.destroy(), this.timeoutMs);
    await dispatcher.close();
    clearTimeout(tooLong);
  }

  private observed(adapter: AxiosAdapter): AxiosAdapter {
    return async (config) => {
      const key = config.signal;
      if (key === undefined) return adapter(config);
      this.count(key, 1);
      try {
        return await adapter(config);
      } catch (error) {
        if (neverLeft(error)) this.count(key, -1);
        throw error;
      }
    };
  }

  private count(key: object, change: 1 | -1): void {
    this.sent.set(key, (this.sent.get(key) ?? 0) + change);
  }
}
