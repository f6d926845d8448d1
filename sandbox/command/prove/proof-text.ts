import type { CheckResult, Finding, Proof } from '../../testing/prove/proof.js';
import { printable } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';

/** The proof as text for a terminal. */
export function proofText({ checks, findings, counts, ownDurationMs }: Proof, style: Style): string {
  return [
    ...checks.map((check) => checkLine(check, style)),
    ...findings.flatMap((finding) => ['', findingText(finding, style)]),
    '',
    summary(counts, ownDurationMs, style),
  ].join('\n');
}

function checkLine({ title, status, reason }: CheckResult, style: Style): string {
  const marks: Readonly<Record<CheckResult['status'], string>> = {
    passed: style.good('✓'),
    warned: style.doubtful('!'),
    failed: style.bad('✗'),
    skipped: style.faint('–'),
  };
  return `${marks[status]} ${title}${reason === undefined ? '' : style.faint(` (skipped: ${reason})`)}`;
}

function findingText({ severity, title, seen, cost, request, remedy, see, mchOrderNo }: Finding, style: Style): string {
  return [
    severity === 'fault' ? style.bad(`✗ ${title}`) : style.doubtful(`! ${title}`),
    `  seen    order ${printable(mchOrderNo)}: ${printable(seen)}`,
    `  cost    ${cost}`,
    `  remedy  ${remedy}`,
    `  see     ${see}`,
    ...printable(request)
      .split('\n')
      .map((line, index) => style.faint(`  ${index === 0 ? 'request' : '       '} ${line}`.trimEnd())),
  ].join('\n');
}

function summary({ passed, warned, failed, skipped }: Proof['counts'], ownDurationMs: number, style: Style): string {
  const told = `${passed} passed, ${warned} warned, ${failed} failed, ${skipped} skipped, in ${(ownDurationMs / 1_000).toFixed(1)} s`;
  if (failed > 0) return style.bad(told);
  return warned > 0 ? style.doubtful(told) : style.good(told);
}
