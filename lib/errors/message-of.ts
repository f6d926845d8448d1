/**
 * What an error says, in one short line. Only its message: drivers put the command and its arguments, personal data
 * among them, into other members.
 */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}
