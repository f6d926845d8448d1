import type { CheckResult, Finding, Proof } from '../../testing/prove/proof.js';
import { html, Html } from '../../gateway/http/html.js';

const MARKS: Readonly<Record<CheckResult['status'], string>> = { passed: '✓', warned: '!', failed: '✗', skipped: '–' };

const STYLE = new Html(`
  :root { color-scheme: light dark; --bad: #b3261e; --doubtful: #8a5a00; --good: #1b6e3c; --faint: #6b7280; }
  @media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --doubtful: #f5c26b; --good: #7fd99a; --faint: #9ca3af; } }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
  ul { list-style: none; padding: 0; } li { padding: 0.15rem 0; }
  .failed { color: var(--bad); } .warned { color: var(--doubtful); } .passed { color: var(--good); }
  .skipped, .faint { color: var(--faint); }
  article { border-left: 4px solid var(--bad); padding: 0.1rem 0 0.1rem 1rem; margin: 1.5rem 0; }
  article.warning { border-color: var(--doubtful); }
  article h3 { margin: 0.2rem 0 0.6rem; font-size: 1.05rem; }
  dt { font-weight: 600; } dd { margin: 0 0 0.6rem; }
  pre { background: color-mix(in srgb, currentColor 8%, transparent); padding: 0.8rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; }
`);

/** The proof as a self-contained HTML page. */
export function proofPage(proof: Proof, madeAt: Date): string {
  const { passed, counts, checks, findings, notifyUrl } = proof;
  const result = passed ? 'No problems found' : `${counts.failed} of ${checks.length} checks failed`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>pass2pay prove: ${result}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1 class="${passed ? 'passed' : 'failed'}">${result}</h1>
        <p class="faint">
          ${notifyUrl} · ${madeAt.toISOString()} · ${counts.passed} passed, ${counts.warned} warned, ${counts.failed}
          failed, ${counts.skipped} skipped
        </p>
        ${findings.length > 0 && html`<h2>What to do</h2>`} ${findings.map(article)}
        <h2>What was checked</h2>
        <ul>
          ${checks.map(line)}
        </ul>
      </body>
    </html> `.text;
}

function line({ title, status, reason }: CheckResult): Html {
  return html` <li>
    <span class="${status}">${MARKS[status]}</span>
    ${title}${reason !== undefined && html` <span class="faint">(skipped: ${reason})</span>`}
  </li>`;
}

function article({ severity, title, seen, cost, remedy, see, request, mchOrderNo }: Finding): Html {
  return html`<article class="${severity}">
    <h3 class="${severity === 'fault' ? 'failed' : 'warned'}">${title}</h3>
    <dl>
      <dt>Seen</dt>
      <dd>Order ${mchOrderNo}: ${seen}</dd>
      <dt>Cost</dt>
      <dd>${cost}</dd>
      <dt>Remedy</dt>
      <dd>${remedy} <span class="faint">${see}</span></dd>
      <dt>The request that shows it</dt>
      <dd><pre>${request}</pre></dd>
    </dl>
  </article> `;
}
