/**
 * An error's message in one short line. Other members are left out, because drivers put commands and their arguments,
 * including personal data, into them.
 */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}
