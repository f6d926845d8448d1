// Measures the figures in docs/sizing.md with its own Redis and its own database, and prints the table: `npm run
// sizing`. It needs redis-server, and a PostgreSQL at TEST_DATABASE_URL.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import pg from 'pg';
import { BullMqOutcomeQueue } from '../dist/bullmq/index.js';
import { PaymentOrder } from '../dist/index.js';
import { RedisInbox } from '../dist/redis/index.js';
import { MemoryInbox } from './internals.mjs';

const ROUNDS = 3;
const WIDTH = 50;
const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const closing = [];
try {
  const redis = await ownRedis();
  const database = await ownDatabase();
  const rows = [
    await memoryStore(),
    await redisStore(redis),
    await measureQueue('Queue on Redis', 5_000, { connection: { url: redis.url } }, () => usedMemory(redis.client)),
    await measureQueue('Queue on PostgreSQL', 1_000, { backend: 'postgres', connection: database.url }, (name) =>
      database.bytesOf(name),
    ),
  ];
  console.log(`\nNode ${process.version}, ${cpus().length} cores (${cpus()[0].model}), medians of ${ROUNDS} runs\n`);
  console.log('| where | events accepted per second | handled per second and process | bytes kept per outcome |');
  console.log('| --- | --- | --- | --- |');
  for (const { name, taken, handled, bytes } of rows) {
    console.log(`| ${name} | ${figure(taken)} | ${figure(handled)} | ${figure(bytes)} |`);
  }
} finally {
  for (const close of closing.toReversed()) await close();
}

/** Claims and completes outcomes, as a process does without a handler. */
async function memoryStore() {
  const count = 100_000;
  const store = new MemoryInbox();
  await oneByOne(store, 1_000, 'warm');
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const handled = await rateOf(count, () => oneByOne(store, count, 'measured'));
  collectGarbage();
  return { name: 'Store in memory', handled, bytes: (process.memoryUsage().heapUsed - before) / count };
}

async function redisStore({ client }) {
  const count = 20_000;
  const handled = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const store = new RedisInbox({ client, prefix: `sizing:${round}:` });
    const before = await usedMemory(client);
    handled.push(await rateOf(count, () => oneByOne(store, count, `r${round}`, WIDTH)));
    bytes = ((await usedMemory(client)) - before) / count;
  }
  await client.flushall();
  return { name: 'Store on Redis', handled: median(handled), bytes };
}

/** The events are queued first and then handled, so that each step has the machine to itself. */
async function measureQueue(name, count, options, bytesOf) {
  const taken = [];
  const handled = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const queueName = `sizing-${round}`;
    const before = await bytesOf(queueName);
    const filling = new BullMqOutcomeQueue({ ...options, name: queueName, work: false });
    await filling.add(news(`${queueName}-warm`));
    taken.push(await rateOf(count, () => each(count, WIDTH, (index) => filling.add(news(`${queueName}-${index}`)))));
    await filling.close();

    const working = new BullMqOutcomeQueue({ ...options, name: queueName });
    closing.push(() => working.close());
    handled.push(await rateOf(count, () => handleAll(working, count + 1)));
    await working.close();
    bytes = ((await bytesOf(queueName)) - before) / count;
  }
  return { name, taken: median(taken), handled: median(handled), bytes };
}

async function handleAll(queue, count) {
  let left = count;
  await new Promise((resolve, reject) => {
    const deliver = async () => {
      if (--left === 0) resolve();
      return 'applied';
    };
    queue.start({ deliver, sweep: undefined, sweepEveryMs: 0 }).catch(reject);
  });
}

async function oneByOne(store, count, prefix, width = 1) {
  await each(count, width, async (index) => {
    const { claim } = await store.claim(`payment:M1621873433953:20160427210604${prefix}${index}`, 30_000);
    await store.complete(claim, 2, 2);
  });
}

function news(id) {
  const data = Object.assign(new PaymentOrder(), {
    payOrderId: `P${id}`,
    mchNo: 'M1621873433953',
    appId: '60cc09bce4b0f1c0b83761c9',
    mchOrderNo: `order-${id}`,
    wayCode: 'ALI_QR',
    amount: 8800,
    currency: 'cny',
    state: 2,
    subject: '商品',
    body: '0',
    createdAt: 1_716_888_800_000,
    successTime: 1_716_888_888_123,
  });
  return { kind: 'payment', data, source: 'notify' };
}

async function each(count, width, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let index = next++; index < count; index = next++) await work(index);
    }),
  );
}

async function rateOf(count, work) {
  const start = performance.now();
  await work();
  return count / ((performance.now() - start) / 1000);
}

async function usedMemory(client) {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
}

async function ownRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'pass2pay-sizing-'));
  const port = await freePort();
  const settings = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const server = spawn('redis-server', settings.map(String), { stdio: 'ignore' });
  closing.push(async () => {
    server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  await sleep(500);
  const client = new Redis({ port, host: '127.0.0.1' });
  closing.push(() => client.disconnect());
  return { url: `redis://127.0.0.1:${port}`, client };
}

async function ownDatabase() {
  const name = `pass2pay_sizing_${process.pid}`;
  const administrator = new pg.Client({ connectionString: POSTGRES_URL });
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${name}`);
  const url = new URL(POSTGRES_URL);
  url.pathname = name;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  closing.push(async () => {
    await client.end();
    await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await administrator.end();
  });
  const bytesOf = async () => {
    const { rows } = await client.query(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) AS bytes FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'bullmq' AND c.relkind = 'r'`,
    );
    return Number(rows[0].bytes);
  };
  return { url: url.href, bytesOf };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Two significant digits: more would only be noise between runs. */
function figure(value) {
  return value === undefined ? '–' : Number(value.toPrecision(2)).toLocaleString('en');
}
