import type { NotifyFormat } from '../../gateway/options.js';
import type { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';

/** The waiting times of the proof, in ms. */
export interface ProofTimes {
  /** For the effect of an acknowledged notify; 5000 by default. Use more if a queue processes it. */
  readonly effectMs: number;
  /** For an effect that must not occur, after each step; 500 by default. */
  readonly quietMs: number;
  /** For the response to a notify; 20 000 by default, as on the gateway. */
  readonly answerMs: number;
  /** For the application to start; 60 000 by default. */
  readonly startMs: number;
  /** For a notify to be acknowledged after the application was killed while it was handling it; 90 000 by default. */
  readonly recoveryMs: number;
}

export const DEFAULT_TIMES: ProofTimes = {
  effectMs: 5_000,
  quietMs: 500,
  answerMs: 20_000,
  startMs: 60_000,
  recoveryMs: 90_000,
};

export interface ProveOptions {
  /** The application's payment notify route, as seen from this process. */
  readonly notifyUrl: string;
  /** The gateway on which the application creates its orders: its `baseUrl` must be the URL of this sandbox. */
  readonly sandbox: Pass2PaySandbox;
  /**
   * Makes the application create an order and returns its number; or the numbers of orders that it has created, open
   * and unpaid, as many as `ordersNeeded` returns. They are used up: each is paid, failed or closed.
   */
  readonly orders: readonly string[] | (() => string | Promise<string>);
  /**
   * Returns the number of effects of an order, as the application records them: rows of a table of fulfilments,
   * parcels, licences. 0 before it is paid. A value that can only be 0 or 1, such as whether the order is paid, would
   * hide a second fulfilment.
   */
  readonly count: (mchOrderNo: string) => number | Promise<number>;
  /** The page to which the payer returns; without it, that check is skipped. */
  readonly returnUrl?: string;
  /** Kills the application as a crash would, and starts it again; without it, the checks that need it are skipped. */
  readonly restart?: () => void | Promise<void>;
  /** The format of notifies; `form` by default. */
  readonly format?: NotifyFormat;
  readonly times?: Partial<ProofTimes>;
  /** Called when a check starts. */
  readonly onCheck?: (title: string, number: number, of: number) => void;
}

/** @throws TypeError that says which option is invalid. */
export function checkOptions({ notifyUrl, returnUrl, orders, count }: ProveOptions, needed: number): void {
  checkUrl('notifyUrl', notifyUrl);
  if (/[?#]/.test(notifyUrl))
    throw new TypeError(
      'notifyUrl must not contain ? or #, because the gateway mixes a query string with its own parameters.',
    );
  if (returnUrl !== undefined) checkUrl('returnUrl', returnUrl);
  if (typeof count !== 'function')
    throw new TypeError('count must be a function that returns the number of effects of an order.');
  if (typeof orders === 'function') return;
  if (!Array.isArray(orders) || orders.some((no) => typeof no !== 'string' || no === '')) {
    throw new TypeError('orders must be a function, or an array of order numbers.');
  }
  const different = new Set(orders as readonly string[]).size;
  if (different < needed) {
    throw new TypeError(`orders must contain ${needed} different orders, one for each check, not ${different}.`);
  }
}

function checkUrl(name: string, url: string): void {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return;
  throw new TypeError(`${name} must be an absolute http or https URL, such as http://127.0.0.1:3000/pay/notify.`);
}
