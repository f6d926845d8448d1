// Attacks the module's notify routes with mutated notifies, by form, query string and JSON, on Express and Fastify, with and
// without raw bytes: `npm run attack -- --count 20000 --seed 1`. What is let in must equal a message that the gateway signed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { corpus } from './corpus.mjs';
import { mutated } from './mutations.mjs';

const PLATFORMS = ['express', 'fastify'];
const BATCH = 2_000;
const AT_ONCE = 16;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const count = Number(values.count);
const seed = Number(values.seed);
const messages = corpus(seed, 240);
const forged = [];
const servers = await Promise.all(PLATFORMS.map(startServer));
const targets = servers.flatMap(({ platform, urls }) =>
  urls.map((url, index) => ({
    name: `${platform}, ${index === 0 ? 'raw' : 'parsed'}`,
    pool: new Pool(url, { connections: AT_ONCE, headersTimeout: 60_000 }),
  })),
);
const seen = Object.fromEntries(
  targets.flatMap(({ name }) => ['form', 'query', 'json'].map((transport) => [`${name}, ${transport}`, {}])),
);

console.log(`seed ${seed}: ${count} notifies made of ${messages.length} genuine ones`);
for (let sent = 0; sent < count; sent += BATCH) {
  const batch = mutated(messages, seed + sent, Math.min(BATCH, count - sent));
  const queue = batch.map((request, index) => ({ request, target: targets[(sent + index) % targets.length] })).values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(queue)));
  if ((sent + BATCH) % 100_000 === 0) console.log(`${sent + BATCH} sent, ${forged.length} forged accepted`);
}

let accepted = 0;
let queries = 0;
for (const server of servers) {
  server.child.send('counts');
  const [counts] = await once(server.child, 'message', { signal: AbortSignal.timeout(60_000) });
  accepted += counts.accepted;
  queries += counts.queries;
}
console.table(seen);
let succeeded = 0;
for (const statuses of Object.values(seen)) succeeded += statuses[200] ?? 0;
console.log(`${accepted} let in, each equal to a signed message but for ${forged.length}; ${queries} queries`);
for (const each of forged.slice(0, 5)) console.log(JSON.stringify(each));
if (accepted !== succeeded) console.log(`acknowledged: ${succeeded}, let in: ${accepted}`);
if (forged.length > 0 || accepted !== succeeded || accepted === 0) process.exitCode = 1;
for (const { pool } of targets) await pool.destroy();
for (const { child } of servers) child.kill();

async function startServer(platform) {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [platform]);
  child.once('exit', (code) => {
    if (code) throw new Error(`The server of ${platform} ended with ${code}.`);
  });
  child.send(messages);
  const [urls] = await once(child, 'message');
  child.on('message', (message) => message.forged && forged.push({ platform, ...message.forged }));
  return { platform, child, urls };
}

async function sendAll(queue) {
  for (const { request, target } of queue) {
    const path = `/${request.kind}${request.query === '' ? '' : `?${request.query}`}`;
    const headers =
      request.contentType === '' || request.body.length === 0 ? {} : { 'content-type': request.contentType };
    const response = await target.pool.request({ path, method: 'POST', headers, body: request.body });
    await response.body.dump();
    const statuses = seen[`${target.name}, ${request.transport}`];
    statuses[response.statusCode] = (statuses[response.statusCode] ?? 0) + 1;
  }
}
