import type { NotifyFormat } from '../options.js';
import type { NotifyJudgement } from './judge-response.js';

/** One attempt to deliver a notify, recorded when it is over. */
export interface NotifyAttempt {
  /** 1 to 6 by the schedule; resends and the second half of `notify-double` count on from there. */
  readonly number: number;
  /** When it started, ms since 1970. */
  readonly at: number;
  readonly format: NotifyFormat;
  /** How often it was posted: twice at once when the receiver reset the connection, as the gateway does. */
  readonly posts: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were posted, as text. */
  readonly body: string;
  /** The state that the notify announces. */
  readonly state: number;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** The first 2 kB of the answer. */
  readonly response?: string;
  readonly durationMs: number;
  /** The answer was `success`, in any case and with nothing around it. */
  readonly acknowledged: boolean;
  /** Why it is acknowledged, or not, in words. */
  readonly judgement: NotifyJudgement;
  /** Why there is no answer. */
  readonly error?: string;
  /** The fault that struck this attempt. */
  readonly fault?: string;
}

export interface NotifyResult {
  readonly acknowledged: boolean;
  /** How many attempts were made, resends included. */
  readonly attempts: number;
}
