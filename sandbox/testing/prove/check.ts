import type { Trial } from './trial.js';

/** A test of the application, with its own order. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** The option that it requires. */
  readonly needs?: 'restart' | 'returnUrl';
  readonly run: (trial: Trial) => Promise<void>;
}
