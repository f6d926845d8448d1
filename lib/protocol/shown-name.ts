const MAX_LENGTH = 24;

/** Half a signature: no parameter has such a name, but a damaged message can turn its signature into one. */
const HEX_RUN = /[0-9a-f]{16,}/gi;

/**
 * A parameter name that is safe for a log or an error, in quotes: at most 24 printable ASCII characters, and no run of
 * 16 hex digits. Anybody can send any name, and a name that includes the `=` of `sign=…` contains a genuine signature.
 */
export function shownName(name: string): string {
  const printable = name.replaceAll(HEX_RUN, '…').replaceAll(/[^\x20-\x7e…]/g, '?');
  return JSON.stringify(printable.length > MAX_LENGTH ? `${printable.slice(0, MAX_LENGTH - 1)}…` : printable);
}
