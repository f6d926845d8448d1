import { instruments } from './instruments.js';
import { isTraced } from './spans.js';

/** Whether an SDK collects spans or measurements; otherwise nothing is measured. */
export function isObserved(): boolean {
  return isTraced() || instruments() !== undefined;
}
