import { ensureSchema } from '../../dist/database/index.js';
import { inTransaction, OrderChecks, OutcomeTable, tablesOf } from '../../scripts/internals.mjs';
import { createDatabase } from '../lib/databases.mjs';
import { interleaved, PLAN, ratio } from '../lib/measure.mjs';
import { MERCHANT, notifyParams } from '../lib/module.mjs';
import { atMost } from '../lib/targets.mjs';

const SERVERS = { postgres: 'PostgreSQL', mysql: 'MariaDB' };
const SMALL = 1_000;
const LARGE = Math.max(2 * SMALL, 1_000_000 * PLAN.growth);
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const { mchNo, appId } = MERCHANT;

/** One order in this many is open and due. */
const ONE_IS_DUE_OF = 10;

/** The number of due orders taken at once, as by a reconciler. */
const TAKEN = 20;

/** The cost of an outcome and of taking due orders, as the tables grow. */
export async function run(progress) {
  const groups = [];
  for (const [dialect, title] of Object.entries(SERVERS)) {
    groups.push(...(await onServer(dialect, title, (round) => progress(`${title}, ${round}`))));
  }
  return groups;
}

async function onServer(dialect, title, progress) {
  const database = await createDatabase(dialect, `pass2pay_bench_${process.pid}`);
  const work = { applied: {}, taken: {} };
  try {
    for (const size of [SMALL, LARGE]) {
      progress(`${size.toLocaleString('en')} orders are written`);
      const tables = await filled(database, dialect, size);
      work.applied[size.toLocaleString('en')] = applied(database.database, tables, size);
      work.taken[size.toLocaleString('en')] = taken(database.database, tables);
    }
    const measured = async (cases) => interleaved(cases, { rounds: 3 * PLAN.rounds, progress });
    return [
      growth(
        `tables-outcome-${dialect}`,
        `An outcome in ${title}, by the orders in the tables`,
        await measured(work.applied),
      ),
      growth(
        `tables-sweep-${dialect}`,
        `Taking ${TAKEN} due orders in ${title}, by the orders in the tables`,
        await measured(work.taken),
      ),
    ];
  } finally {
    await database.drop();
  }
}

function growth(id, title, samples) {
  const [small, large] = Object.keys(samples);
  return {
    id,
    title,
    unit: 'per second',
    samples,
    targets: [atMost(`the time with ${small} orders`, 1.25, ratio(samples, small, large))],
  };
}

/** Tables with `size` orders, each either paid, or open and due. */
async function filled({ pool, database }, dialect, size) {
  const names = { prefix: `t${size}_` };
  const tables = tablesOf(names);
  await ensureSchema(database, names);
  const { numbers, text } = {
    postgres: { numbers: `generate_series(1, ${size}) AS n`, text: "LPAD(n::text, 12, '0')" },
    mysql: { numbers: `(SELECT seq AS n FROM seq_1_to_${size}) AS numbers`, text: "LPAD(n, 12, '0')" },
  }[dialect];
  const isDue = `MOD(n, ${ONE_IS_DUE_OF}) = 0`;
  const id = dialect === 'postgres' ? `'P' || ${text}` : `CONCAT('P', ${text})`;
  const key =
    dialect === 'postgres' ? `'payment:${mchNo}:' || ${id} || ':2'` : `CONCAT('payment:${mchNo}:', ${id}, ':2')`;
  await pool.query(
    `INSERT INTO ${tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, gateway_id, amount, currency, status, gateway_state, last_applied, created_at, expires_at, next_check_at, checks)
SELECT '', 'payment', '${mchNo}', ${text}, ${text}, '${appId}', ${id}, 10031, 'cny', 'created', CASE WHEN ${isDue} THEN 1 ELSE 2 END, CASE WHEN ${isDue} THEN NULL ELSE 2 END, 1716888800000 + n, 1716889700000 + n, CASE WHEN ${isDue} THEN 1716889340000 + n END, 0 FROM ${numbers}`,
  );
  await pool.query(
    `INSERT INTO ${tables.outcome} (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at, applied_at)
SELECT '', ${key}, 'payment', '${mchNo}', ${text}, 2, 10031, 'cny', 'notify', 'applied', 0, 1, 1, '${JSON.stringify(notifyParams(0))}', 1716888889000 + n, 1716888889000 + n FROM ${numbers} WHERE NOT (${isDue})`,
  );
  for (const table of [tables.order, tables.outcome]) {
    await pool.query(dialect === 'postgres' ? `VACUUM (ANALYZE) ${table}` : `ANALYZE TABLE ${table}`);
  }
  return tables;
}

/** Applies outcomes of orders that have just been inserted. */
function applied(database, tables, size) {
  const outcomes = new OutcomeTable(database.dialect, tables, '');
  const count = Math.ceil(300 * PLAN.scale);
  let made = size;
  return async () => {
    const events = Array.from({ length: count }, () => eventOf((made += 1)));
    const rows = events.map(
      ({ data }) =>
        `('', 'payment', '${mchNo}', '${data.mchOrderNo}', '${data.mchOrderNo}', '${appId}', '${data.payOrderId}', 10031, 'cny', 'created', 1, 1716888800000, 4102444800000, 0)`,
    );
    await database.execute(
      `INSERT INTO ${tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, gateway_id, amount, currency, status, gateway_state, created_at, next_check_at, checks) VALUES ${rows.join(', ')}`,
    );
    const from = performance.now();
    for (const event of events) {
      const { result } = await inTransaction(database, LIMITS, (own) => outcomes.receive(own, event, Date.now()));
      if (result !== 'new') throw new Error(`${event.data.mchOrderNo} is ${result}`);
    }
    return (count / (performance.now() - from)) * 1000;
  };
}

function eventOf(n) {
  const number = String(n).padStart(12, '0');
  const params = { ...notifyParams(n), mchOrderNo: number, payOrderId: `P${number}`, amount: 10031, state: 2 };
  return { kind: 'payment', data: { ...params, successTime: 1716888888123 }, source: 'notify' };
}

/** Takes due orders and rolls back, so that they stay due. */
function taken(database, tables) {
  const checks = new OrderChecks(database, tables, '');
  const count = Math.ceil(100 * PLAN.scale);
  return async () => {
    const from = performance.now();
    for (let i = 0; i < count; i++) {
      const transaction = await database.begin(LIMITS);
      const due = { mchNos: [mchNo], now: Date.now(), most: TAKEN, until: () => Date.now() + 120_000 };
      const orders = await checks.take(transaction, due);
      await transaction.rollback();
      if (orders.length !== TAKEN) throw new Error(`${orders.length} orders are due`);
    }
    return (count / (performance.now() - from)) * 1000;
  };
}
