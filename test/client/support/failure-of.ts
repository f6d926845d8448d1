/** The error that a promise rejects with. */
export async function rejectionOf<T extends Error>(promise: Promise<unknown>): Promise<T> {
  try {
    await promise;
  } catch (error) {
    return error as T;
  }
  throw new Error('nothing was thrown');
}

/** The error of this type that a function throws. */
export function thrownBy<T extends Error>(type: abstract new (...parameters: never[]) => T, run: () => unknown): T {
  try {
    run();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
