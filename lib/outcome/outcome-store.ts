/** The token of the `OutcomeStore` in use. */
export const OUTCOME_STORE = Symbol('PASS2PAY_OUTCOME_STORE');

/** Remembers which outcomes were handled, so that each is handled once. A key names an order and a state. */
export interface OutcomeStore {
  /**
   * Takes the right to handle an outcome for `leaseMs` milliseconds: `claimed` if the caller has it now, `busy` if
   * another one holds it, `done` if the outcome was handled before. Only one caller may get it, however many ask at once.
   */
  claim(key: string, leaseMs: number): Promise<'claimed' | 'busy' | 'done'>;
  /** Says that the claimed outcome was handled. */
  complete(key: string): Promise<void>;
  /** Gives a claim back, so that the outcome can be handled again. */
  release(key: string): Promise<void>;
}
