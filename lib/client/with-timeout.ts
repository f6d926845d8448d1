/** The promise's result, or the error of `late` after `ms` milliseconds. The underlying work continues. */
export function withTimeout<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const inTime =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        clearTimeout(timer);
        settle(value);
      };
    promise.then(inTime<T>(resolve), inTime(reject));
  });
}

/** The state of the promise after at most `ms` milliseconds. Never throws. */
export async function endWithin(promise: Promise<unknown>, ms: number): Promise<'fulfilled' | 'rejected' | 'late'> {
  const late = new Error('late');
  try {
    await withTimeout(promise, ms, () => late);
    return 'fulfilled';
  } catch (error) {
    return error === late ? 'late' : 'rejected';
  }
}
