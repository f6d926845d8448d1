/**
 * A text as the gateway's database compares it: without case and without trailing spaces.
 *
 * Source: protocol §10.
 */
export function collated(text: string): string {
  return text.replace(/ +$/, '').toLowerCase();
}
