import { CanceledError, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { provesInaction } from '../http-status.js';
import { neverLeft } from '../transport-error.js';

/** The member of a request's config that holds its attempt; axios hands it on as it is, as anything it does not know. */
const MEMBER = 'pass2payAttempt';

type Attempted = { [MEMBER]?: Attempt };

/**
 * One attempt of a call: knows whether any of its requests may have been acted on, and ends them. An interceptor may send one
 * again. An AbortSignal in its place, which axios's own adapter needs, takes a tenth of a create.
 */
export class Attempt {
  private readonly onEnd: (() => void)[] = [];
  private requests = 0;
  private isOver = false;

  /** The attempt that a request is of; undefined where the application makes it itself. */
  static of(config: object): Attempt | undefined {
    return (config as Attempted)[MEMBER];
  }

  /** Marks a request as one of this attempt. */
  mark<Config extends object>(config: Config): Config {
    (config as Attempted)[MEMBER] = this;
    return config;
  }

  /** Whether the gateway may have acted on any request, whatever became of later ones. */
  get mayHaveActed(): boolean {
    return this.requests > 0;
  }

  /** Ends the requests under way; later ones do not begin. */
  end(): void {
    this.isOver = true;
    for (const stop of this.onEnd) stop();
  }

  /** Has a request's end called when the attempt ends. */
  whenEnded(stop: () => void): void {
    this.onEnd.push(stop);
  }

  /** Sends a request, and remembers whether the gateway may have acted on it. */
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

/** Axios's own adapter, whose requests end with their attempts too. */
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
