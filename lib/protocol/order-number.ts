/**
 * An order number as the gateway compares it: case-insensitively and without trailing spaces, so that `abc-1` and
 * `ABC-1 ` name one order. Source: protocol §10.
 */
export function comparedOrderNumber(mchOrderNo: string): string {
  return mchOrderNo.replace(/ +$/, '').toLowerCase();
}

/** Whether the gateway treats both numbers as the same order. */
export function isSameOrderNumber(one: string, other: string): boolean {
  return comparedOrderNumber(one) === comparedOrderNumber(other);
}
