import { parseArgs } from 'node:util';
import { Erasure, type ForgottenCustomer } from '../database/erasure/erasure.js';
import { StoredOrders, type OrderSearch, type StoredOrder } from '../database/orders/stored-orders.js';
import { tablesOf } from '../database/schema/schema-names.js';
import type { Command } from './command.js';
import { DATABASE_OPTIONS, DATABASE_USAGE, databaseAddress } from './database-options.js';
import { withDatabase } from './open-database.js';
import { schemaNames } from './schema-options.js';
import { UsageError } from './usage-error.js';

const OPTIONS = {
  ...DATABASE_OPTIONS,
  'mch-order-no': { type: 'string' },
  'cust-no': { type: 'string' },
  'mch-no': { type: 'string' },
  kind: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** How many orders `find` prints. */
const MOST = 1_000;

/** Longer than handlers may hold an order by default, in ms. */
const LIMITS = { connectionTimeoutMs: 10_000, lockTimeoutMs: 15_000 };

type Values = ReturnType<typeof read>['values'];

export const orders: Command = {
  usage: `nestjs-pass2pay orders find --database-url <url> --mch-order-no <no> | --cust-no <custNo>
       [--mch-no <mchNo>] [--kind payment|transfer] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]
       nestjs-pass2pay orders forget --database-url <url> --cust-no <custNo>
       [--mch-no <mchNo>] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]

find prints the orders and transfers of a number, or of a customer, as the tables have them; of a customer, the first ${MOST}.
It only reads, and fails where there is none.

forget erases at once what the tables have of a customer: custNo, stored responses, and the fields of outcomes but for states,
amounts, numbers, times and codes. What handlers have yet to be told is erased by a running process once they have ended.

${DATABASE_USAGE}
--mch-no        one merchant; all of them where left out
--json          JSON instead of text`,

  async run(words) {
    const { values, positionals } = read(words);
    const [action, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`${rest.join(' ')} is too much.`);
    for (const name of ['mch-order-no', 'cust-no', 'mch-no'] as const) {
      if (values[name] === '') throw new UsageError(`--${name} is empty.`);
    }
    if (action === 'find') return find(values);
    if (action === 'forget') return forget(values);
    throw new UsageError('Say find or forget.');
  },
};

function read(words: string[]) {
  return parseArgs({ args: words, allowPositionals: true, options: OPTIONS });
}

async function find(values: Values): Promise<void> {
  const search = searchOf(values);
  const address = databaseAddress(values);
  const names = schemaNames(values);
  const { instance = '', json = false } = values;
  await withDatabase(address, names, async (database) => {
    const found = await new StoredOrders(database, tablesOf(names), instance).search(search, MOST + 1);
    if (found.length === 0) throw new Error('the table has no such order; check --instance and --mch-no, too');
    const shown = found.slice(0, MOST);
    console.log(json ? JSON.stringify(shown, undefined, 2) : shown.map(textOf).join('\n\n'));
    if (found.length > MOST) console.error(`Warning: there are more than these ${MOST}.`);
  });
}

function searchOf(values: Values): OrderSearch {
  const { 'mch-order-no': mchOrderNo, 'cust-no': custNo, 'mch-no': mchNo, kind } = values;
  if (kind !== undefined && kind !== 'payment' && kind !== 'transfer') {
    throw new UsageError(`--kind is payment or transfer, not ${kind}.`);
  }
  const besides: Pick<OrderSearch, 'mchNo' | 'kind'> = {
    ...(mchNo !== undefined && { mchNo }),
    ...(kind !== undefined && { kind }),
  };
  if (mchOrderNo !== undefined && custNo === undefined) return { mchOrderNo, ...besides };
  if (custNo !== undefined && mchOrderNo === undefined) return { custNo, ...besides };
  throw new UsageError('find needs either --mch-order-no or --cust-no.');
}

function textOf(order: StoredOrder): string {
  return Object.entries(order)
    .map(([name, value]) => `${name}: ${value instanceof Date ? value.toISOString() : String(value)}`)
    .join('\n');
}

async function forget(values: Values): Promise<void> {
  const custNo = values['cust-no'];
  if (custNo === undefined) throw new UsageError('forget needs --cust-no.');
  if (values['mch-order-no'] !== undefined || values.kind !== undefined) {
    throw new UsageError('forget is about a customer: it takes no --mch-order-no and no --kind.');
  }
  const address = databaseAddress(values);
  const names = schemaNames(values);
  const { instance = '', json = false } = values;
  const forgotten = await withDatabase(
    address,
    names,
    (database) => new Erasure(database, tablesOf(names), instance, LIMITS).forget(custNo, values['mch-no']),
    { isWriting: true },
  );
  console.log(json ? JSON.stringify(forgotten) : summaryOf(forgotten));
}

function summaryOf({ orders: erased, outcomes, afterCommit, waiting }: ForgottenCustomer): string {
  if (erased === 0) {
    return 'Nothing was erased: no order has this custNo. Check --instance and --mch-no, where that is not expected.';
  }
  const done = `Erased: the data of ${erased} orders, of ${outcomes} outcomes and of ${afterCommit} calls after commits that were given up.`;
  return waiting === 0
    ? done
    : `${done}\nLeft: ${waiting} outcomes or calls after commits whose handlers have not ended; a running process erases them when they have.`;
}
