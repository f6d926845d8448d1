/** The promise's result, or the error of `late` after `ms` milliseconds. What the promise stands for goes on. */
export async function withTimeout<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
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
