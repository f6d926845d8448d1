import { startServer } from '../lib/children.mjs';
import { createDatabase } from '../lib/databases.mjs';
import { interleaved, PLAN, ratio } from '../lib/measure.mjs';
import { fromRoot, MERCHANT, notifyParams, sign } from '../lib/module.mjs';
import { answered } from '../lib/requests.mjs';
import { atLeast, atMost } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };
const SERVERS = [
  { dialect: 'postgres', title: 'PostgreSQL', rate: 0.65 },
  { dialect: 'mysql', title: 'MariaDB', rate: 0.55 },
];
const BY_HAND = 'a hand-written handler';
const MODULE = 'nestjs-pass2pay, built-in route';

/** An outcome that takes effect in the merchant's database, compared with a hand-written handler. */
export async function run(progress) {
  const groups = [];
  for (const server of SERVERS) {
    groups.push(...(await onServer(server, (round) => progress(`${server.title}, ${round}`))));
  }
  return groups;
}

async function onServer({ dialect, title, rate }, progress) {
  const name = `pass2pay_bench_${process.pid}`;
  const database = await createDatabase(dialect, name);
  const { Pool } = fromRoot('undici');
  const nextNotifies = notifies();
  const count = Math.ceil(400 * PLAN.scale);
  const cpu = {};
  const closing = [];
  const cases = {};
  let expected = 0;
  for (const [what, kind] of [
    [BY_HAND, 'by hand'],
    [MODULE, 'module'],
  ]) {
    const server = await startServer('servers/database.mjs', dialect, kind, name);
    const { origin, pathname } = new URL(server.url);
    const pool = new Pool(origin, { connections: CONCURRENCY });
    closing.push(
      () => pool.close(),
      () => server.stop(),
    );
    const measured = (suffix, work) => {
      const each = `${what}${suffix}`;
      cpu[each] = [];
      cases[each] = async () => {
        const batch = nextNotifies(count);
        await database.addOrders(batch, { areOfTheModule: kind === 'module' });
        const before = await asked(server.child, { ask: 'cpu' });
        const ms = await work(batch);
        const after = await asked(server.child, { ask: 'cpu' });
        cpu[each].push((after.user + after.system - before.user - before.system) / count);
        expected += count;
        return (count / ms) * 1000;
      };
    };
    measured('', (batch) => posted(pool, pathname, batch));
    measured(', without HTTP', async (batch) => (await asked(server.child, { ask: 'deliver', notifies: batch })).ms);
  }
  const [warmUp, counted] = [Math.ceil(PLAN.warmUpBatches / 2), Math.ceil(PLAN.batches / 2)];
  const rates = await interleaved(cases, { warmUpMs: 0, rounds: warmUp + counted, progress });
  const paid = await database.paid();
  for (const close of closing) await close();
  await database.drop();
  if (paid !== expected) throw new Error(`${paid} of ${expected} orders are paid once`);
  const countedOf = (samples) =>
    Object.fromEntries(Object.entries(samples).map(([each, values]) => [each, values.slice(warmUp)]));
  const samples = countedOf(rates);
  const times = countedOf(cpu);
  return [
    {
      id: `database-${dialect}`,
      title: `An outcome in the merchant's own ${title} (32 at a time, a pool of 10)`,
      unit: 'outcomes/s',
      samples,
      targets: [atLeast(BY_HAND, rate, ratio(samples, MODULE, BY_HAND))],
    },
    {
      id: `database-${dialect}-cpu`,
      title: `CPU of the process for an outcome in ${title}`,
      unit: 'µs',
      isTime: true,
      samples: times,
      targets: [atMost(`the CPU of ${BY_HAND}`, 1.4, ratio(times, MODULE, BY_HAND))],
    },
  ];
}

/** Posts signed notifies, and returns how long that took, in ms. */
async function posted(pool, path, batch) {
  const requests = batch.map((params) => ({
    path,
    method: 'POST',
    headers: FORM,
    body: new URLSearchParams({ ...params, sign: sign(params, MERCHANT.secrets) }).toString(),
  }));
  const from = performance.now();
  const lane = async () => {
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) await answered(pool, request);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return performance.now() - from;
}

/** Creates notifies, each for a different order. */
function notifies() {
  let n = 10_000_000;
  return (count) => Array.from({ length: count }, () => notifyParams((n += 1)));
}

function asked(child, message) {
  return new Promise((resolve) => {
    child.once('message', ({ answer }) => resolve(answer));
    child.send(message);
  });
}
