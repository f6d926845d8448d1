const MAX_LENGTH = 40;

/** Half a signature. A run of decimal digits does not count, since most order numbers are one. */
const HEX_RUN = /[0-9a-f]{16,}/gi;

/**
 * An untrusted value in a form that is safe for a log or an error: in quotes, and printable.
 *
 * @param known values that are shown in full, such as the ids of configured merchants
 */
export function shownValue(value: string, known: readonly string[] = []): string {
  return JSON.stringify(known.includes(value) ? value : printable(value, MAX_LENGTH));
}

/**
 * Untrusted text in a form that is safe for a log or an error: at most `max` printable ASCII characters; a run of 16 or
 * more hex digits is abbreviated to its ends unless all are decimal.
 */
export function printable(text: string, max: number): string {
  const shown = text
    .slice(0, 4 * max)
    .replaceAll(HEX_RUN, (run) => (/^\d+$/.test(run) ? run : `${run.slice(0, 6)}…${run.slice(-4)}`))
    .replaceAll(/[^\x20-\x7e…]/g, '?');
  return shown.length > max ? `${shown.slice(0, max - 1)}…` : shown;
}
