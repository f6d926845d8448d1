import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { FAULT_CASES, type FaultCase } from '../support/fault-cases.js';
import {
  AMOUNT,
  CREATES,
  FaultLane,
  type CreateEndpoint,
  type Observation,
  type Plan,
  type Sent,
} from '../support/fault-lane.js';
import { IS_LONG } from '../support/form.js';

const DOCUMENT = new URL('../../docs/faults.md', import.meta.url);

interface Cell {
  endpoint: CreateEndpoint;
  title: string;
  plan: Plan;
  faults: FaultCase[];
  retries: number;
}

let lane: FaultLane;
beforeAll(async () => {
  // Jest maps every error's stack to the sources, and here thousands of calls fail as they should.
  Error.stackTraceLimit = 0;
  lane = await FaultLane.open();
});
beforeEach(() => lane.renew());
afterAll(() => lane.close());

/** Runs the cells; the observations come in their order. */
async function observe(cells: readonly Cell[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  const found: string[] = [];
  for (const cell of cells) {
    const observation = await lane.run(cell.endpoint, cell.plan, { retries: cell.retries });
    observations.push(observation);
    found.push(...violations(observation, cell).map((violation) => `${cell.endpoint}, ${cell.title}: ${violation}`));
    if (observation.errorCode === 'PASS2PAY_OUTCOME_UNKNOWN') found.push(...(await repeated(observation)));
  }
  expect(found).toEqual([]);
  return observations;
}

/** What must hold whatever goes wrong; an empty list if all of it does. */
function violations(seen: Observation, cell: Cell): string[] {
  const { made, errorCode, stored, storedForPayer } = seen;
  const found: string[] = [];
  if (storedForPayer > 1) found.push(`the payer has ${storedForPayer} orders`);
  if (made !== undefined) {
    if (stored === undefined) found.push('it was reported as made, and is not stored');
    else if (stored.id !== made.id) found.push('another order was reported than is stored');
    else if (stored.amount !== AMOUNT) found.push(`it was reported as made, with the amount ${stored.amount}`);
    if (made.amount !== undefined && made.amount !== AMOUNT) found.push(`its amount was reported as ${made.amount}`);
  } else if (errorCode === 'PASS2PAY_ORDER_CONFLICT') {
    if (stored === undefined || stored.amount === AMOUNT) found.push('a conflict was reported, and there is none');
  } else if (errorCode !== 'PASS2PAY_OUTCOME_UNKNOWN' && stored !== undefined) {
    found.push(`it is stored, and was reported as failed with ${errorCode}`);
  }
  if (isSentBlindly(seen.sent)) found.push('the client sent it again and did not know that it does not exist');
  const isInTurn = cell.faults.every(({ isOutOfTurn = false }) => !isOutOfTurn);
  if (isInTurn && isSentBlindly(seen.arrived))
    found.push('it arrived again, and no query had said that it does not exist');
  if (isInTurn && !wasAllSeen(seen)) found.push('the gateway saw other requests than the client sent');
  return [...found, ...hurried(seen, cell)];
}

/** Whether a create was sent again when the one before may have been acted on and no query had said otherwise. */
function isSentBlindly(requests: readonly Sent[]): boolean {
  let mayExist = false;
  for (const { kind, wasNotActedOn, saysNotFound } of requests) {
    if (kind === 'create' && mayExist) return true;
    if (kind === 'create') mayExist = !wasNotActedOn;
    else if (saysNotFound) mayExist = false;
  }
  return false;
}

function wasAllSeen({ sent, arrived }: Observation): boolean {
  const creates = (requests: readonly Sent[]) => requests.filter(({ kind }) => kind === 'create').length;
  return creates(arrived) <= creates(sent);
}

/** Creates that did not wait as long as they were told to. */
function hurried({ sent }: Observation, { plan }: Cell): string[] {
  const creates = sent.filter(({ kind }) => kind === 'create');
  return creates.flatMap(({ at }, index) => {
    const leastWaitMs = plan('create', index)?.leastWaitMs ?? 0;
    const waited = (creates[index + 1]?.at ?? Infinity) - at;
    return waited < leastWaitMs ? [`it waited ${waited} ms, not ${leastWaitMs}`] : [];
  });
}

/** A caller who was told that the outcome is unknown calls again: exactly one order, whatever there was. */
async function repeated(before: Observation): Promise<string[]> {
  const title = `${before.mchOrderNo}, called again`;
  try {
    const after = await lane.again(before, { retries: 2 });
    const isRight = after.made !== undefined && after.made.id === after.stored?.id && after.storedForPayer === 1;
    if (!isRight) return [`${title}: ${JSON.stringify({ made: after.made, stored: after.stored })}`];
    const isNew = before.stored !== undefined && after.made?.recovered !== true;
    return isNew ? [`${title}: it existed, and was not reported as recovered`] : [];
  } catch (error) {
    const isConflict = (error as { code?: string }).code === 'PASS2PAY_ORDER_CONFLICT';
    return isConflict && before.stored?.amount !== AMOUNT ? [] : [`${title}: ${String(error)}`];
  }
}

const ofQueries = FAULT_CASES.filter(({ strikesQueries = false }) => strikesQueries);

/** A first fault of the create, with every second one of the next create, of the first query, or of all queries. */
function pairsWith(first: FaultCase, endpoint: CreateEndpoint): Cell[] {
  return [
    ...FAULT_CASES.map((second) => ({
      endpoint,
      title: `${first.name}, then ${second.name}`,
      plan: ((kind, index) => (kind === 'create' ? [first, second][index] : undefined)) satisfies Plan,
      faults: [first, second],
      // The second fault strikes the last attempt, so that nothing mends it.
      retries: 1,
    })),
    ...ofQueries.flatMap((second) =>
      [1, Infinity].map((times) => ({
        endpoint,
        title: `${first.name}, then ${second.name} of ${times === 1 ? 'the query' : 'all queries'}`,
        plan: ((kind, index) =>
          kind === 'create' ? [first][index] : index < times ? second : undefined) satisfies Plan,
        faults: [first, second],
        retries: 2,
      })),
    ),
  ];
}

/** One in so many pairs is tried; all of them in the long form. */
const SAMPLE: Readonly<Record<CreateEndpoint, number>> = IS_LONG
  ? { cashierOrder: 1, unifiedOrder: 1, cryptoOrder: 1, transferOrder: 1 }
  : { cashierOrder: 4, unifiedOrder: 12, cryptoOrder: 12, transferOrder: 6 };

describe.each(CREATES)('a %s of which one request after another goes wrong', (endpoint) => {
  const ends = new Set<string>();

  it.each(FAULT_CASES.map((first, row) => ({ first, row })))(
    'has an outcome that is known, or said to be unknown, after "$first.name" and any second fault',
    async ({ first, row }) => {
      const sample = SAMPLE[endpoint];
      // Each endpoint and fault its own share of the sample; the same ones in every run.
      const isTried = (_cell: Cell, index: number) => (index + row + CREATES.indexOf(endpoint)) % sample === 0;
      const cells = pairsWith(first, endpoint).filter(isTried);
      for (const observation of await observe(cells)) ends.add(endOf(observation));
    },
  );

  it('did not always end alike', () => {
    expect([...ends]).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^made/),
        expect.stringMatching(/^recovered/),
        expect.stringMatching(/unknown/),
        expect.stringMatching(/^conflict/),
        expect.stringMatching(/RATE_LIMIT/),
      ]),
    );
  });
});

describe('the table of faults', () => {
  const cellsOf = (faults: readonly FaultCase[], plan: (fault: FaultCase) => Plan): Cell[] =>
    faults.flatMap((fault) =>
      CREATES.map((endpoint) => ({ endpoint, title: fault.name, plan: plan(fault), faults: [fault], retries: 2 })),
    );

  it('in the documents is what happens', async () => {
    const repeatable = FAULT_CASES.filter(({ name }) => !name.startsWith('duplicate of'));
    const once = cellsOf(
      FAULT_CASES,
      (fault) => (kind, index) => (kind === 'create' && index === 0 ? fault : undefined),
    );
    const everyCreate = cellsOf(repeatable, (fault) => (kind) => (kind === 'create' ? fault : undefined));
    const everyRequest = cellsOf(ofQueries, (fault) => () => fault);
    const observations = await observe([...once, ...everyCreate, ...everyRequest]);
    const tables = [once, everyCreate, everyRequest].map((cells) => table(cells, observations.splice(0, cells.length)));
    const text = await documentOf(tables);
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(DOCUMENT, text);
    expect(await readFile(DOCUMENT, 'utf8')).toBe(text);
  });
});

function endOf({ made, errorCode, sent, stored }: Observation): string {
  const creates = sent.filter(({ kind }) => kind === 'create').length;
  const times = creates === 1 ? '' : ` after ${creates} creates`;
  if (made?.recovered === true) return `recovered by a query${times}`;
  if (made !== undefined) {
    const isKnownMissing = sent.some(({ saysNotFound }) => saysNotFound);
    return creates === 1 ? 'made' : `made: ${isKnownMissing ? 'not found by a query, ' : ''}sent again`;
  }
  if (errorCode === 'PASS2PAY_OUTCOME_UNKNOWN') {
    return `**unknown**${times}; ${stored === undefined ? 'it does not exist' : 'it exists'}`;
  }
  return errorCode === 'PASS2PAY_ORDER_CONFLICT'
    ? 'conflict: nothing was made'
    : `\`${errorCode}\`${times}: nothing was made`;
}

function table(cells: readonly Cell[], observations: readonly Observation[]): string {
  const faults = [...new Set(cells.map(({ title }) => title))];
  const lines = faults.map((fault) => {
    const ends = CREATES.map((endpoint) => {
      const index = cells.findIndex((cell) => cell.title === fault && cell.endpoint === endpoint);
      return endOf(observations[index]!);
    });
    return `| ${[fault, ...ends].join(' | ')} |`;
  });
  return [`| fault | ${CREATES.join(' | ')} |`, `|${' --- |'.repeat(CREATES.length + 1)}`, ...lines].join('\n');
}

/** The text around the tables stands here, so that it cannot part from them. */
async function documentOf([once, everyCreate, everyRequest]: string[]): Promise<string> {
  const text = `<!-- Generated by test/client/known-outcome.spec.ts from what happens in it; do not edit. To write it anew:
UPDATE_DOCS=1 npm run jest -- test/client/known-outcome -->

# When a create goes wrong

What became of an order whose create failed, and what to do, for each fault. Only one error leaves it open:

\`\`\`ts
import { CashierService, Pass2PayOutcomeUnknownError, type CreateCashierOrderDto } from 'nestjs-pass2pay';

/** Gives undefined while nobody knows whether the order was made: the same call settles it later, with the same number. */
export async function createOrder(cashier: CashierService, order: CreateCashierOrderDto) {
  try {
    return await cashier.createOrder(order);
  } catch (error) {
    if (error instanceof Pass2PayOutcomeUnknownError) return undefined;
    throw error;
  }
}
\`\`\`

The gateway responds to a repeated \`mchOrderNo\` with an error, not with the first response, and a lost response says nothing. So the module queries an order whose response is unusable. It resends a create only with the same \`mchOrderNo\`, and only if the request was certainly never sent, if the gateway responded with 429, or if a query reports that the order does not exist. HTTP 404 and 405 prove that the gateway did nothing: they end the call immediately, because \`baseUrl\` or its path is wrong. Any other HTTP status may follow after an order was stored. The same applies to transfers. With the option \`database\`, a call knows the results of earlier calls with the number, also in other processes: see
[Creates](database.md#creates).

Three guarantees hold in every cell of the tables below, and after any two of the faults, on the create, the next create and the query:

- There is at most one order per \`mchOrderNo\`, and a transfer is not sent twice.
- A stored order is never reported as failed.
- An order that is reported as created is stored, with the requested amount.

## What the caller sees, and what to do

| result | what it means | what to do |
| --- | --- | --- |
| the order, \`recovered: false\` | It was created. | Continue; check its \`state\`. |
| the order, \`recovered: true\` | It exists: its response was lost, or an earlier call created it. | Continue; check its \`state\`. A query does not return the \`payData\` of unified and crypto orders: the payer of such an order needs another one, once this one is closed. |
| \`Pass2PayOutcomeUnknownError\` | It may or may not exist. \`cause\` is the last error. | Do not treat it as failed, and do not use another \`mchOrderNo\`. Query it later, or repeat the call with the same \`mchOrderNo\`: that returns or creates it. |
| \`Pass2PayOrderConflictError\` | The number belongs to another order; \`differences\` lists the differences. The gateway ignores case and trailing spaces: \`abc-1\` blocks \`ABC-1\` too. | Correct the order, or use another number. |
| \`Pass2PayAlreadyPaidError\` | Nothing was sent: the checkout has been paid. | Show the customer that it is paid. For another purchase, use another key. |
| \`Pass2PayCustomerLimitError\` | Nothing was sent: with \`limitTimedOutOrders\`, five orders of the customer have expired unpaid within 24 hours. | Create the order again after \`retryAt\`. |
| \`Pass2PayRateLimitError\` | This call created nothing: it exceeded a limit of the gateway or of the options. | Repeat the call after \`retryAfterMs\`, with the same \`mchOrderNo\`. |
| \`Pass2PayConnectionError\` with \`requestSent: false\` | This call created nothing: the gateway could not be reached. | Check the network and \`baseUrl\`; repeat the call. |
| \`Pass2PayConnectionError\` with \`httpStatus\` 404 or 405 | This call created nothing: the endpoint does not exist (\`mayHaveActed: false\`). | Correct \`baseUrl\`, including its path. |
| \`Pass2PayCircuitOpenError\` | This call created nothing: the circuit breaker is open after repeated failures. | Repeat the call after \`retryAfterMs\`. |
| \`Pass2PayApiError\` | The gateway refused it and created nothing; \`gatewayMessage\` is its message, \`explanation\` says what to do. | Fix the cause. |
| \`Pass2PayValidationError\` | Nothing was sent. | Correct the fields in \`issues\`. |

The last five rows apply only to their own call. Once a call has ended as unknown, the number stays unknown until a query or a call with the same number resolves it, regardless of errors in between.

## A fault in the first create

The call's queries and further creates succeed. The tables use the default of two retries.

${once}

## A fault in every create

The queries succeed.

${everyCreate}

## A fault in every request, including queries

${everyRequest}
`;
  return format(text, { ...(await resolveConfig(DOCUMENT)), filepath: 'faults.md' });
}
