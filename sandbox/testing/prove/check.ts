import type { Trial } from './trial.js';

/** One thing that the application is tried with, by an order of its own. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** What it cannot be made without. */
  readonly needs?: 'restart' | 'returnUrl';
  readonly run: (trial: Trial) => Promise<void>;
}
