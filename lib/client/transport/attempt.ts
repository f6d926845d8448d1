import { CanceledError, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { provesInaction } from '../http-status.js';
import { neverLeft } from '../transport-error.js';

/** The member of a request's config that holds its attempt; axios passes unknown members on unchanged. */
const MEMBER = 'pass2payAttempt';

type Attempted = { [MEMBER]?: Attempt };

/**
 * One attempt of a call: tracks whether any of its requests may have been processed, and aborts them. An interceptor
 * may resend a request. An AbortSignal instead, which axios's own adapter needs, would take a tenth of a create.
 */
export class Attempt {
  private readonly onEnd: (() => void)[] = [];
  private requests = 0;
  private isOver = false;

  /** The attempt of a request; undefined for the application's own requests. */
  static of(config: object): Attempt | undefined {
    return (config as Attempted)[MEMBER];
  }

  /** Marks a request as part of this attempt. */
  mark<Config extends object>(config: Config): Config {
    (config as Attempted)[MEMBER] = this;
    return config;
  }

  /** Whether the gateway may have processed any of the requests. */
  get mayHaveActed(): boolean {
    return this.requests > 0;
  }

  /** Aborts the current requests; later ones do not start. */
  end(): void {
    this.isOver = true;
    for (const stop of this.onEnd) stop();
  }

  /** Registers a function that aborts a request when the attempt ends. */
  whenEnded(stop: () => void): void {
    this.onEnd.push(stop);
  }

  /** Sends a request and records whether the gateway may have processed it. */
  async send(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    if (this.isOver) throw new CanceledError(undefined, config);
    this.requests += 1;
    try {
      const response = await adapter(config);
      if (provesInaction(response.status)) this.requests -= 1;
      return response;
    } catch (error) {
      if (neverLeft(error)) this.requests -= 1;
      throw error;
    }
  }
}

/** Axios's own adapter; its requests are aborted with their attempts too. */
export function endingWithAttempts(adapter: AxiosAdapter): AxiosAdapter {
  return (config) => {
    const attempt = Attempt.of(config);
    if (attempt === undefined) return adapter(config);
    const ending = new AbortController();
    attempt.whenEnded(() => ending.abort());
    const own = config.signal instanceof AbortSignal ? [config.signal] : [];
    return adapter({ ...config, signal: AbortSignal.any([ending.signal, ...own]) });
  };
}
