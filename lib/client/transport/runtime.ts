import { Pass2PayConfigError } from '../../errors/pass2pay.errors.js';

const REASONS = {
  bun: 'Bun replaces undici and the HTTP client of Node.js with its own',
  deno: 'Deno replaces the sockets and TLS of Node.js with its own',
} as const;

/**
 * Whether a create may be resent, or replaced with another number, depends on which failures prove that nothing was
 * sent. That is known only for Node.js.
 *
 * @throws Pass2PayConfigError on another runtime.
 */
export function demandNode(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  for (const name of ['bun', 'deno'] as const) {
    const version = versions[name];
    if (version === undefined) continue;
    const message = `transport cannot work on ${name === 'bun' ? 'Bun' : 'Deno'} ${version}: ${REASONS[name]}, so unsent payments could not be distinguished from sent ones; use Node.js`;
    throw new Pass2PayConfigError([{ field: 'transport', message }]);
  }
}
