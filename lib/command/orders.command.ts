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

/** Maximum number of orders that `find` prints. */
const MOST = 1_000;

/** Longer than the default time for which handlers lock an order, in ms. */
const LIMITS = { connectionTimeoutMs: 10_000, lockTimeoutMs: 15_000 };

type Values = ReturnType<typeof read>['values'];

export const orders: Command = {
  usage: `nestjs-pass2pay orders find --database-url <url> --mch-order-no <no> | --cust-no <custNo>
       [--mch-no <mchNo>] [--kind payment|transfer] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]
       nestjs-pass2pay orders forget --database-url <url> --cust-no <custNo>
       [--mch-no <mchNo>] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]

find prints the stored orders and transfers with a number, or of a customer (at most ${MOST}). It only reads, and fails
if there are none.

forget erases the data of a customer immediately: custNo, stored responses, and the fields of outcomes except states,
amounts, numbers, times and codes. Data of pending handler work is erased by a running process once the handlers have
ended.

${DATABASE_USAGE}
--mch-no        one merchant (default: all)
--json          print JSON instead of text`,

  async run(words) {
    const { values, positionals } = read(words);
    const [action, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest.join(' ')}.`);
    for (const name of ['mch-order-no', 'cust-no', 'mch-no'] as const) {
      if (values[name] === '') throw new UsageError(`--${name} is empty.`);
    }
    if (action === 'find') return find(values);
    if (action === 'forget') return forget(values);
    throw new UsageError('Pass find or forget.');
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
    if (found.length === 0) throw new Error('no such order in the table; check --instance and --mch-no');
    const shown = found.slice(0, MOST);
    console.log(json ? JSON.stringify(shown, undefined, 2) : shown.map(textOf).join('\n\n'));
    if (found.length > MOST) console.error(`Warning: there are more than ${MOST}; the rest is not shown.`);
  });
}

function searchOf(values: Values): OrderSearch {
  const { 'mch-order-no': mchOrderNo, 'cust-no': custNo, 'mch-no': mchNo, kind } = values;
  if (kind !== undefined && kind !== 'payment' && kind !== 'transfer') {
    throw new UsageError(`--kind must be payment or transfer, not ${kind}.`);
  }
  const besides: Pick<OrderSearch, 'mchNo' | 'kind'> = {
    ...(mchNo !== undefined && { mchNo }),
    ...(kind !== undefined && { kind }),
  };
  if (mchOrderNo !== undefined && custNo === undefined) return { mchOrderNo, ...besides };
  if (custNo !== undefined && mchOrderNo === undefined) return { custNo, ...besides };
  throw new UsageError('find requires either --mch-order-no or --cust-no.');
}

function textOf(order: StoredOrder): string {
  return Object.entries(order)
    .map(([name, value]) => `${name}: ${value instanceof Date ? value.toISOString() : String(value)}`)
    .join('\n');
}

async function forget(values: Values): Promise<void> {
  const custNo = values['cust-no'];
  if (custNo === undefined) throw new UsageError('forget requires --cust-no.');
  if (values['mch-order-no'] !== undefined || values.kind !== undefined) {
    throw new UsageError('forget applies to a customer and does not accept --mch-order-no and --kind.');
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
    return 'Nothing was erased: no order has this custNo. If that is unexpected, check --instance and --mch-no.';
  }
  const done = `Erased: the data of ${erased} orders, ${outcomes} outcomes and ${afterCommit} dead after-commit calls.`;
  return waiting === 0
    ? done
    : `${done}\nPending: ${waiting} outcomes or after-commit calls whose handlers have not ended; a running process erases them afterwards.`;
}
