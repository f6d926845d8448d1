import { AsyncResource } from 'node:async_hooks';

/** Thrown to end the library's transaction callback after the module has ended the transaction. */
class EndedByModule extends Error {
  override readonly name = 'EndedByModule';
}

/**
 * A library's callback-style transaction, kept open until `leave`: it holds a connection and the library's async
 * context, if any.
 */
export class HeldCallback<Tx> {
  /** @throws what the library throws when it cannot begin. */
  static async open<Tx>(transact: (work: (tx: Tx) => Promise<void>) => Promise<unknown>): Promise<HeldCallback<Tx>> {
    return new Promise((resolve, reject) => {
      const ended = transact(
        (tx) =>
          new Promise((leave, fail) => {
            const context = new AsyncResource('Pass2PayTransaction');
            resolve(new HeldCallback(tx, context, () => ended.catch(() => {}), { leave, fail }));
          }),
      );
      ended.catch(reject);
    });
  }

  private constructor(
    readonly tx: Tx,
    private readonly context: AsyncResource,
    private readonly ended: () => Promise<unknown>,
    private readonly callback: { leave(): void; fail(error: Error): void },
  ) {}

  /** Runs something in the callback's context. */
  run<Result>(work: () => Result): Result {
    return this.context.runInAsyncScope(work);
  }

  /** Lets the library commit and release the connection. Resolves when that has succeeded or failed. */
  async leave(): Promise<void> {
    this.callback.leave();
    await this.ended();
  }

  /** Same as `leave`, but the library rolls back. */
  async abandon(): Promise<void> {
    this.callback.fail(new EndedByModule());
    await this.ended();
  }
}
