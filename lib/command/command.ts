/** One command of `nestjs-pass2pay`. */
export interface Command {
  usage: string;
  /**
   * @param words what follows the command's name
   * @throws UsageError, and what `parseArgs` throws, for words that are wrong; nothing was done then.
   */
  run(words: string[]): Promise<void>;
}
