import { AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { Dispatcher } from 'undici';

/** Keeps each request and responds to none, so that a test can report what undici would. */
export class HeldDispatcher extends Dispatcher {
  readonly requests: Dispatcher.DispatchOptions[] = [];
  readonly handlers: Dispatcher.DispatchHandler[] = [];

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.requests.push(options);
    this.handlers.push(handler);
    return true;
  }
}

/** A connection's controller that keeps the reasons of its aborts. */
export class HeldController {
  readonly aborts: Error[] = [];

  /** The same as undici's type. */
  get asUndici(): Dispatcher.DispatchController {
    return this as unknown as Dispatcher.DispatchController;
  }

  abort(reason: Error): void {
    this.aborts.push(reason);
  }
}

/** A create as axios passes it to its adapter. */
export function requestConfig(changes: Partial<InternalAxiosRequestConfig> = {}): InternalAxiosRequestConfig {
  return { method: 'post', url: 'https://gateway.test/api/pay', data: '{}', headers: new AxiosHeaders(), ...changes };
}
