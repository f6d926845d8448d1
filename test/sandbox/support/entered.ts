import type { JournalEntry, Pass2PaySandbox } from '../../../sandbox/index.js';

/**
 * The first entry of the sandbox's journal that fits, there already or to come. It is given in the next turn of the event
 * loop, when the sandbox has done what belongs to it: an answer is sent, or its delay is set.
 */
export async function entered(sandbox: Pass2PaySandbox, fits: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
  const entry = sandbox.journal.since(0).find(fits) ?? (await nextEntry(sandbox, fits));
  await new Promise((resolve) => setImmediate(resolve));
  return entry;
}

function nextEntry(sandbox: Pass2PaySandbox, fits: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
  return new Promise((resolve) => {
    const leave = sandbox.journal.subscribe((entry) => {
      if (!fits(entry)) return;
      leave();
      resolve(entry);
    });
  });
}
