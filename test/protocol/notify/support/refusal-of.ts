import { NotifyRefusal } from '../../../../lib/protocol/notify/notify-refusal.js';

/** Why the work refuses a notify: the reason and the words for the log; undefined if it does not. */
export function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotifyRefusal)) throw error;
    return `${error.reason}: ${error.message}`;
  }
}
