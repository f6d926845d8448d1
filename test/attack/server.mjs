// A process with two applications of one platform, with and without `rawBody`, and the gateway that they ask. Checks each
// event that the module lets in against the messages that were signed, and tells how many it has seen.
import http from 'node:http';
import { once } from 'node:events';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { sign } from 'nestjs-pass2pay/protocol';
import { MERCHANTS } from './corpus.mjs';

const [platform] = process.argv.slice(2);
const counts = { accepted: 0, queries: 0 };

process.once('message', (messages) => void start(messages));

async function start(messages) {
  const byNumber = new Map(messages.map((message) => [message.params.mchOrderNo.toLowerCase(), message]));
  const gateway = await startGateway(byNumber);
  const urls = [];
  for (const rawBody of [true, false]) urls.push(await startApplication(gateway, rawBody, byNumber));
  process.on('message', () => process.send(counts));
  process.send(urls);
}

/** Says the truth of each order: what its genuine notify says. */
async function startGateway(byNumber) {
  const server = http.createServer((request, response) => void respond(request, response, byNumber));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

async function respond(request, response, byNumber) {
  counts.queries += 1;
  const asked = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const message = byNumber.get(asked.mchOrderNo?.toLowerCase());
  response.setHeader('Content-Type', 'application/json');
  if (message === undefined || message.params.mchNo !== asked.mchNo) {
    response.end(JSON.stringify({ code: 9999, msg: '订单不存在' }));
    return;
  }
  const { reqTime: _, mchFeeRate: __, mchFeeAmount: ___, storeId: ____, ...known } = message.params;
  const data = { ...known, amount: Number(known.amount), state: Number(known.state) };
  const { secrets } = MERCHANTS.find(({ mchNo }) => mchNo === asked.mchNo);
  response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, [secrets].flat()[0]) }));
}

async function startApplication(baseUrl, rawBody, byNumber) {
  const module = Pass2PayModule.forRootAsync({
    notifyPath: 'payment',
    transferNotifyPath: 'transfer',
    useFactory: () => ({
      baseUrl,
      merchants: MERCHANTS,
      outcomeQueue: recordingQueue(byNumber),
      retries: 0,
      maxQueued: 1_000_000,
    }),
  });
  const options = { logger: false, rawBody, abortOnError: false };
  class AttackedModule {}
  const root = { module: AttackedModule, imports: [module] };
  const app =
    platform === 'fastify'
      ? await NestFactory.create(root, new FastifyAdapter({ routerOptions: { maxParamLength: 8_192 } }), options)
      : await NestFactory.create(root, options);
  app.getHttpServer().keepAliveTimeout = 0;
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

/** Every event that was let in comes here, whatever came before it. */
function recordingQueue(byNumber) {
  return {
    async add({ kind, data }) {
      counts.accepted += 1;
      const differences = differencesOf(kind, data, byNumber.get(data.mchOrderNo.toLowerCase()));
      if (differences.length > 0) process.send({ forged: { kind, data, differences } });
    },
    async start() {},
    async close() {},
  };
}

const NUMBERS = new Set(['amount', 'state', 'createdAt', 'successTime', 'reqTime', 'mchFeeAmount']);

/** How what was let in differs from what was signed: nothing may be changed, added, or missing. */
function differencesOf(kind, data, message) {
  if (message === undefined || message.kind !== kind) return ['there is no such message'];
  const differences = [];
  const { extra, ...fields } = data;
  for (const [name, value] of Object.entries({ ...extra, ...fields })) {
    if (value === undefined || name === 'gatewayState') continue;
    const signed = message.params[name];
    const expected = NUMBERS.has(name) && signed !== undefined ? Number(signed) : signed;
    if (value !== expected) differences.push(`${name} is ${JSON.stringify(value)}, not ${JSON.stringify(expected)}`);
  }
  // What a confirming query does not tell may be missing.
  for (const name of Object.keys(message.params)) {
    if (['reqTime', 'mchFeeRate', 'mchFeeAmount', 'storeId'].includes(name)) continue;
    if (data[name] === undefined) differences.push(`${name} is missing`);
  }
  return differences;
}
