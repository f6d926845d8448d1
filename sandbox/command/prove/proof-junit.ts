import type { CheckResult, Finding, Proof } from '../../testing/prove/proof.js';
import { html, type Html } from '../../gateway/http/html.js';

/** The proof as JUnit XML: a test case per check; warnings are in its output. */
export function proofJunit(proof: Proof): string {
  const { checks, counts, durationMs } = proof;
  const document = html`<testsuites>
    <testsuite
      name="pass2pay prove"
      tests="${checks.length}"
      failures="${counts.failed}"
      skipped="${counts.skipped}"
      time="${seconds(durationMs)}"
    >
      ${checks.map((check) => testCase(check, proof))}
    </testsuite>
  </testsuites> `;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${withoutControls(document.text)}`;
}

function testCase(check: CheckResult, { findings }: Proof): Html {
  const own = findings.filter((finding) => finding.check === check.id);
  const faults = own.filter(({ severity }) => severity === 'fault');
  const warnings = own.filter(({ severity }) => severity === 'warning');
  return html`
    <testcase classname="pass2pay.prove" name="${check.title}" time="${seconds(check.durationMs)}">
      ${check.reason !== undefined && html` <skipped message="${check.reason}" /> `}${faults.map(
        (fault) => html` <failure type="${fault.code}" message="${fault.title}">${details(fault)}</failure> `,
      )}${warnings.map((warning) => html` <system-out>${warning.title} ${details(warning)}</system-out> `)}
    </testcase>
  `;
}

function details({ mchOrderNo, seen, cost, remedy, see, request }: Finding): string {
  return [`Order ${mchOrderNo}: ${seen}`, `Cost: ${cost}`, `Remedy: ${remedy}`, `See: ${see}`, '', request].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** Replaces control characters, which XML cannot represent. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are replaced
  return text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD');
}
