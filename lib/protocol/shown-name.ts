const MAX_LENGTH = 24;

/** Half a signature: no parameter has a name like this, but a damaged message can make one of its signature. */
const HEX_RUN = /[0-9a-f]{16,}/gi;

/**
 * The name of a parameter as a log or an error may show it, in quotes: at most 24 printable ASCII characters, and no run of
 * 16 hex digits. Anybody can send any name, and one that swallowed the `=` of `sign=…` holds a genuine signature.
 */
export function shownName(name: string): string {
  const printable = name.replaceAll(HEX_RUN, '…').replaceAll(/[^\x20-\x7e…]/g, '?');
  return JSON.stringify(printable.length > MAX_LENGTH ? `${printable.slice(0, MAX_LENGTH - 1)}…` : printable);
}
