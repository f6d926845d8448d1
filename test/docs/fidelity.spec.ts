import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { DIFFERENCES } from '../../sandbox/gateway/dialects/pass2pay.js';
import { FLOW_STEPS, NOTIFIES, TRANSCRIPTS } from '../support/recordings.js';
import { ASSUMED, RECORDED_FLOWS, RECORDED_OTHERWISE, RECORDED_REQUESTS, STATED } from './fidelity/behaviours.js';

const DOCUMENT = new URL('../../docs/fidelity.md', import.meta.url);

type Row = readonly string[];

describe('docs/fidelity.md', () => {
  it('lists every recorded request, flow and notify, every stated difference, and what is assumed', async () => {
    const text = await format(documentText(), { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
    // To accept an intended change: UPDATE_DOCS=1 npm run jest -- test/docs/fidelity
    if (process.env['UPDATE_DOCS']) writeFileSync(DOCUMENT, text);
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
  });

  it('names a spec file for each that is there', () => {
    const specs = [...RECORDED_OTHERWISE, ...STATED, ...ASSUMED].map((row) => row.at(-1)!);
    expect(specs.filter((spec) => !existsSync(new URL(`../../${spec}`, import.meta.url)))).toEqual([]);
  });

  it('leaves out none of the recordings and no difference', () => {
    expect(requestRows().reduce((sum, [, count]) => sum + Number(count), 0)).toBe(TRANSCRIPTS.length);
    expect(Object.keys(RECORDED_FLOWS).toSorted()).toEqual([...new Set(FLOW_STEPS.map(({ flow }) => flow))].toSorted());
    expect(DIFFERENCES.map(({ says }) => STATED.filter(([beginning]) => says.startsWith(beginning)).length)).toEqual(
      DIFFERENCES.map(() => 1),
    );
  });
});

function documentText(): string {
  return `<!-- Made from the data of the tests by UPDATE_DOCS=1 npm run jest -- test/docs/fidelity -->

# How close the sandbox is to the real gateway

How much of the sandbox's behaviour you can rely on at the gateway: what was recorded, what the documents state, and what is
assumed. With an account, check for yourself where the gateway differs:

\`\`\`sh
npx pass2pay compare
\`\`\`

Pass2Pay's own server has not been recorded. The open platform that it is based on has: ${TRANSCRIPTS.length} requests with their
responses, ${FLOW_STEPS.length} steps of orders from creation to refund, and ${NOTIFIES.length} notifies as they were sent. In the dialect \`platform\`, the
sandbox reproduces all of them: HTTP status, content type, code, message, members and their order, values and signatures; the
notifies byte for byte. Only IDs, times, the contents of payData and the text inside \`系统异常[…]\` differ. The dialect
\`pass2pay\`, which is the default, adds the differences that Pass2Pay's documents state.

Each table names the tests of its rows. [The command](command.md#compare) says what a comparison does to your account.

## Recorded from the platform

### Requests, in \`test/sandbox/recordings/transcripts.spec.ts\`

${table(['Behaviour', 'Requests'], requestRows())}

### Orders, step by step, in \`test/sandbox/recordings/flows.spec.ts\`

${table(['Behaviour', 'Steps'], flowRows())}

### Notifies, in \`test/sandbox/recordings/notifies.spec.ts\`

${table(['Behaviour', 'Notifies'], notifyRows())}

### Recorded, in other tests

${table(
  ['Behaviour', 'Test'],
  RECORDED_OTHERWISE.map(([behaviour, spec]) => [behaviour, code(spec)]),
)}

## Stated by Pass2Pay

${table(['Difference from the platform', 'Source', 'Test'], statedRows())}

## Assumed

${table(
  ['Behaviour', 'Why', 'Test'],
  ASSUMED.map(([behaviour, why, spec]) => [behaviour, why, code(spec)]),
)}
`;
}

function requestRows(): Row[] {
  const counts = new Map(RECORDED_REQUESTS.map(([, behaviour]) => [behaviour, 0]));
  for (const { name } of TRANSCRIPTS) {
    const found = RECORDED_REQUESTS.find(([pattern]) => pattern.test(name));
    if (!found) throw new Error(`No behaviour for the recorded request ${name}`);
    counts.set(found[1], (counts.get(found[1]) ?? 0) + 1);
  }
  return [...counts].map(([behaviour, count]) => [behaviour, String(count)]);
}

function flowRows(): Row[] {
  return Object.entries(RECORDED_FLOWS).map(([flow, behaviour]) => [
    behaviour,
    String(FLOW_STEPS.filter((step) => step.flow === flow).length),
  ]);
}

function notifyRows(): Row[] {
  const kinds: readonly (readonly [behaviour: string, is: (notify: (typeof NOTIFIES)[number]) => boolean])[] = [
    [
      'A value with `&`, which is truncated, or a notifyUrl with a query without `=`: the signature does not verify',
      ({ broken }) => broken !== undefined,
    ],
    [
      'From the flow of an order: paid, paid after closing and after expiry, refunded',
      ({ flow }) => flow !== undefined,
    ],
    [
      'Subjects with every printable character, control characters, emoji and look-alike spaces',
      ({ subject }) => subject !== undefined,
    ],
    ['notifyUrls with a query, a fragment, a user, a non-ASCII path, or none of these', () => true],
  ];
  const counts = kinds.map(() => 0);
  for (const notify of NOTIFIES) {
    const index = kinds.findIndex(([, is]) => is(notify));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return kinds.map(([behaviour], index) => [behaviour, String(counts[index])]);
}

function statedRows(): Row[] {
  return DIFFERENCES.map(({ says, source }) => {
    const [, spec = ''] = STATED.find(([beginning]) => says.startsWith(beginning)) ?? [];
    return [says, source, code(spec)];
  });
}

function table(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
