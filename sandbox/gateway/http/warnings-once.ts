/** Maximum number of different warnings, because other parties can cause them. */
const MAX_WARNINGS = 20;

/** Emits a process warning for the developer, once per message. */
export class WarningsOnce {
  private readonly given = new Set<string>();

  warn(message: string): void {
    if (this.given.has(message) || this.given.size >= MAX_WARNINGS) return;
    this.given.add(message);
    process.emitWarning(message, 'Pass2PaySandboxWarning');
  }
}
