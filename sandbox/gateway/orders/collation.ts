/**
 * A text in the form in which the gateway's database compares it: lower case, without trailing spaces.
 *
 * Source: protocol §10.
 */
export function collated(text: string): string {
  return text.replace(/ +$/, '').toLowerCase();
}
