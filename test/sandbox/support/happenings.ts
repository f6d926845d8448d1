/** Waits for what changes only when something happens, and looks at it each time. Jest ends a test that waits in vain. */
export class Happenings {
  private readonly waiting = new Set<() => void>();

  /** Something has happened. */
  tell(): void {
    for (const look of this.waiting) look();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
}
