/** How many different warnings are given at most: strangers can cause them. */
const MAX_WARNINGS = 20;

/** Warns the developer by the process's own warnings, once of each kind of trouble. */
export class WarningsOnce {
  private readonly given = new Set<string>();

  warn(message: string): void {
    if (this.given.has(message) || this.given.size >= MAX_WARNINGS) return;
    this.given.add(message);
    process.emitWarning(message, 'Pass2PaySandboxWarning');
  }
}
