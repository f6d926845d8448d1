import { appendFileSync } from 'node:fs';

/** Adds what a proof measured to the file that PROOF_FIGURES names, one JSON line each; without it, does nothing. */
export function figures(proof: string, measured: Readonly<Record<string, unknown>>): void {
  const file = process.env['PROOF_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify({ proof, ...measured })}\n`);
}
