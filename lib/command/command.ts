/** A command of `nestjs-pass2pay`. */
export interface Command {
  usage: string;
  /**
   * @param words the arguments after the command's name
   * @throws UsageError, and what `parseArgs` throws, for invalid arguments; nothing was done then.
   */
  run(words: string[]): Promise<void>;
}
