import { HttpService } from '@nestjs/axios';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { getAdapter, type AxiosAdapter, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import type { Dispatcher } from 'undici';
import type { ResolvedOptions } from '../../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../../pass2pay.tokens.js';
import { Attempt, endingWithAttempts } from './attempt.js';
import { createDispatcher } from './dispatcher.js';
import { leanDefaults } from './lean-defaults.js';
import { undiciAdapter } from './undici-adapter.js';

/** Puts the transport that the options name under the module's axios instance, and closes it with the application. */
@Injectable()
export class Transport implements OnApplicationShutdown {
  private readonly dispatcher: Dispatcher | undefined;
  private readonly timeoutMs: number;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly http: HttpService,
    @Inject(RESOLVED_OPTIONS) { transport, maxConcurrent, timeoutMs }: ResolvedOptions,
  ) {
    this.timeoutMs = timeoutMs;
    this.dispatcher = transport.adapter === 'undici' ? createDispatcher(transport, maxConcurrent) : undefined;
    const adapter = this.dispatcher
      ? undiciAdapter(this.dispatcher, transport)
      : endingWithAttempts(getAdapter('http'));
    leanDefaults(http.axiosRef.defaults);
    http.axiosRef.defaults.adapter = byAttempts(adapter);
  }

  /** Makes a request, as one of an attempt. */
  async request<T>(config: AxiosRequestConfig, attempt: Attempt): Promise<AxiosResponse<T>> {
    return this.http.axiosRef.request<T>(attempt.mark(config));
  }

  /** Lets the requests under way finish, and closes the connections. An application may be closed more than once. */
  onApplicationShutdown(): Promise<void> {
    this.closed ??= this.close();
    return this.closed;
  }

  private async close(): Promise<void> {
    const { dispatcher } = this;
    if (dispatcher === undefined) return;
    const tooLong = setTimeout(() => void dispatcher.destroy(), this.timeoutMs);
    try {
      await dispatcher.close();
    } finally {
      clearTimeout(tooLong);
    }
  }
}

/** An application's own requests are of no attempt. */
function byAttempts(adapter: AxiosAdapter): AxiosAdapter {
  return async (config) => Attempt.of(config)?.send(adapter, config) ?? adapter(config);
}
