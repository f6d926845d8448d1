import { AsyncResource } from 'node:async_hooks';

/** Why the library's own end of its transaction comes to nothing: the module has ended it. */
class EndedByModule extends Error {
  override readonly name = 'EndedByModule';
}

/**
 * A library's transaction that lasts as long as a callback, kept open until it is left: it holds a connection and, where the
 * library has one, its async context.
 */
export class HeldCallback<Tx> {
  /** @throws what the library throws where it cannot begin. */
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

  /** Runs something as the callback would. */
  run<Result>(work: () => Result): Result {
    return this.context.runInAsyncScope(work);
  }

  /** Lets the library commit and give the connection back. Resolves when it has, or has failed. */
  async leave(): Promise<void> {
    this.callback.leave();
    await this.ended();
  }

  /** As `leave`, but the library rolls back. */
  async abandon(): Promise<void> {
    this.callback.fail(new EndedByModule());
    await this.ended();
  }
}
