/** By which `pass2pay doctor` tells this module's refusal from the answer of a proxy, a guard or a body parser. */
const MARK = ['Pass2Pay-Notify', 'refused'] as const;

/** What answers a request: a reply of Fastify, or Node's own response, which Express's is. */
interface Marked {
  headersSent?: boolean;
  sent?: boolean;
  header?(name: string, value: string): unknown;
  setHeader?(name: string, value: string): unknown;
}

/** Marks an answer as the refusal of a notify, whatever then writes it. */
export function markRefused(response: unknown): void {
  const marked = (response ?? {}) as Marked;
  if (marked.headersSent || marked.sent) return;
  if (typeof marked.setHeader === 'function') marked.setHeader(...MARK);
  else marked.header?.(...MARK);
}
