/** The promise's result, or the error of `late` after `ms` milliseconds. What the promise stands for goes on. */
export function withTimeout<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    promise.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** How the promise stands after at most `ms` milliseconds. Never throws. */
export async function endWithin(promise: Promise<unknown>, ms: number): Promise<'fulfilled' | 'rejected' | 'late'> {
  const late = new Error('late');
  try {
    await withTimeout(promise, ms, () => late);
    return 'fulfilled';
  } catch (error) {
    return error === late ? 'late' : 'rejected';
  }
}
