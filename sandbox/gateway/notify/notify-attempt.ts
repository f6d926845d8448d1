import type { NotifyFormat } from '../options.js';
import type { NotifyJudgement } from './judge-response.js';

/** An attempt to deliver a notify, recorded when it ends. */
export interface NotifyAttempt {
  /** 1 to 6 by the schedule; resends and the second attempt of `notify-double` are counted on from there. */
  readonly number: number;
  /** Start time, in ms since 1970. */
  readonly at: number;
  readonly format: NotifyFormat;
  /** The number of posts: two in immediate succession if the receiver reset the connection, as with the gateway. */
  readonly posts: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The posted bytes, as text. */
  readonly body: string;
  /** The state in the notify. */
  readonly state: number;
  /** HTTP status of the response, if there was one. */
  readonly status?: number;
  /** The first 2 kB of the response. */
  readonly response?: string;
  readonly durationMs: number;
  /** Whether the response was `success`, in any case and with nothing around it. */
  readonly acknowledged: boolean;
  /** Why it is acknowledged or not. */
  readonly judgement: NotifyJudgement;
  /** Why there is no response. */
  readonly error?: string;
  /** The fault that was applied to this attempt. */
  readonly fault?: string;
}

export interface NotifyResult {
  readonly acknowledged: boolean;
  /** The number of attempts, including resends. */
  readonly attempts: number;
}
