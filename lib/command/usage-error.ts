/** Invalid arguments of a command; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
