/** Loads a module with the first call: `import()` looks it up again each time, which takes microseconds. */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}
