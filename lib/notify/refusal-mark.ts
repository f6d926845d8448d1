/** Lets `pass2pay doctor` distinguish this module's refusal from the response of a proxy, a guard or a body parser. */
const MARK = ['Pass2Pay-Notify', 'refused'] as const;

/** The response object: a Fastify reply, or Node's response, also used by Express. */
interface Marked {
  headersSent?: boolean;
  sent?: boolean;
  header?(name: string, value: string): unknown;
  setHeader?(name: string, value: string): unknown;
}

/** Marks a response as the refusal of a notify. */
export function markRefused(response: unknown): void {
  const marked = (response ?? {}) as Marked;
  if (marked.headersSent || marked.sent) return;
  if (typeof marked.setHeader === 'function') marked.setHeader(...MARK);
  else marked.header?.(...MARK);
}
