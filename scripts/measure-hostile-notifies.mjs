// Measures the cost of hostile requests to a notify route: the CPU time of the server's process per request, minus that
// of a bare route with the same bytes, in units of an honest notify that is verified and handled by an empty handler:
// `npm run hostile`. The limit is two. Parsing a large body takes milliseconds on either route, and varies by more than
// the module's share; for such requests, only the time after the parser is compared.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const MERCHANT = { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9', secrets: 'MEASURE-0123456789abcdef' };
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const ROUNDS = 9;
const LIMIT = 2;
const LARGE = 70_000;
let orders = 0;

if (process.argv[2] === 'serve') await serve(...process.argv.slice(3));
else await measure();

async function measure() {
  const { sign } = await import('../dist/protocol/index.js');
  const honest = () => honestNotify(sign);
  printHead();
  let most = 0;
  for (const platform of ['express', 'fastify']) {
    for (const raw of ['raw', 'parsed']) {
      const server = await start(platform, raw);
      const behindParser = await start(platform, raw, 'behind-parser');
      // Warms up until the code is compiled, because the comparison later uses far fewer requests.
      const forged = { ...honest(), body: honest().body.replace('amount=10031', 'amount=1') };
      for (const [path, request] of [
        ['/notify', honest],
        ['/notify', () => forged],
        ['/bare', honest],
      ]) {
        await cpuOf(server, path, request, 1_500);
      }
      const unit = await difference(server, honest, { bare: false, requests: 200, most: 0 });
      for (const [name, request] of Object.entries(hostile())) {
        const status = await post(server, '/bare', request);
        // Both routes refuse it with the same code.
        if (status >= 400) continue;
        const beyond =
          request.body.length > LARGE
            ? await differenceBehindParser(behindParser, request, { most: LIMIT * unit })
            : await difference(server, () => request, { bare: true, requests: 50, most: LIMIT * unit });
        print({ name, at: `${platform}, ${raw}`, unit, beyond });
        most = Math.max(most, beyond / unit);
      }
      server.child.kill();
      behindParser.child.kill();
    }
  }
  console.log(`\nThe maximum is ${most.toFixed(1)}; the limit is ${LIMIT}.`);
  if (most > LIMIT) process.exitCode = 1;
}

/** As the gateway posts it, each for a different order. */
function honestNotify(sign) {
  const { secrets, ...merchant } = MERCHANT;
  const params = {
    payOrderId: `P${String((orders += 1)).padStart(19, '0')}`,
    mchOrderNo: String(orders).padStart(20, '0'),
    ifCode: 'alipay',
    wayCode: 'ALI_QR',
    amount: '10031',
    currency: 'cny',
    state: '2',
    clientIp: '210.73.10.148',
    subject: '商品',
    body: '0',
    channelOrderNo: '20240528220014123456',
    createdAt: '1716888800000',
    successTime: '1716888888123',
    reqTime: '1716888889000',
    ...merchant,
  };
  return { type: FORM, body: new URLSearchParams({ ...params, sign: sign(params, secrets) }).toString() };
}

/** Requests that anybody can send, up to the default body limits of the platforms. */
function hostile() {
  const names = (count, json) => {
    const each = Array.from({ length: count }, (_, index) => (json ? `"a${index}":1` : `a${index}=`));
    return json ? `{${each.join(',')}}` : each.join('&');
  };
  const form = (bytes, params, of) => new URLSearchParams(claiming(bytes, params, of)).toString();
  const json = (bytes, params, of) => JSON.stringify(claiming(bytes, params, of));
  const all = {
    'form, 90 KB of names': { type: FORM, body: names(13_000, false) },
    'form, 1,000 names': { type: FORM, body: names(1_000, false) },
    'form, 12 KiB of names': { type: FORM, body: names(1_900, false) },
    'JSON, 12 KiB of names': { type: JSON_TYPE, body: names(1_330, true) },
    'form, 1 MB of names': { type: FORM, body: names(120_000, false) },
    'form, 1 MB in one value': { type: FORM, body: form(1_000_000, 1, 'x') },
    'JSON, 9,000 names': { type: JSON_TYPE, body: names(9_000, true) },
    'JSON, 9,000 names, chunked': { type: JSON_TYPE, body: names(9_000, true), chunked: true },
    'JSON, 80,000 names, chunked': { type: JSON_TYPE, body: names(80_000, true), chunked: true },
    'form, 120,000 names, chunked': { type: FORM, body: names(120_000, false), chunked: true },
    'JSON, 65 names, chunked': { type: JSON_TYPE, body: names(65, true), chunked: true },
  };
  for (const kib of [64, 12, 4]) {
    const bytes = kib * 1_024;
    all[`form, ${kib} KiB in 64 parameters`] = { type: FORM, body: form(bytes, 55, 'x') };
    all[`form, ${kib} KiB of escapes in 64 parameters`] = { type: FORM, body: form(bytes, 55, '#') };
    all[`form, ${kib} KiB of spaces, 4 undocumented names`] = { type: FORM, body: form(bytes, 4, '+ x') };
    all[`form, ${kib} KiB of spaces in 64 parameters`] = { type: FORM, body: form(bytes, 55, '+ x') };
    all[`JSON, ${kib} KiB in 64 parameters`] = { type: JSON_TYPE, body: json(bytes, 55, 'x') };
    all[`JSON, ${kib} KiB of escapes in 64 parameters`] = { type: JSON_TYPE, body: json(bytes, 55, '\n') };
  }
  all['form, 0.5 KiB of spaces, 4 undocumented names'] = { type: FORM, body: form(512, 4, '+ x') };
  return all;
}

/** A message of a known merchant with a well-formed sign, padded to this many bytes. */
function claiming(bytes, params, of) {
  const { mchNo, appId } = MERCHANT;
  const claim = { mchNo, appId, mchOrderNo: 'O1', payOrderId: 'P1', amount: '1', currency: 'cny', state: '2' };
  const encoded = new URLSearchParams({ '': of }).toString().length - 1;
  const length = Math.max(1, Math.floor((bytes - 500) / params / encoded) - Math.ceil(6 / encoded));
  for (let index = 0; index < params; index++) claim[`p${index}`] = of.repeat(length);
  return { ...claim, sign: 'D8A6'.repeat(8) };
}

async function start(platform, raw, measured = 'all') {
  // The log is discarded, because the speed of its output is not the module's.
  const child = fork(fileURLToPath(import.meta.url), ['serve', platform, raw, measured], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port] = await once(child, 'message');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return { child, port, agent };
}

/**
 * CPU time of the server per request to the notify route, minus that of the bare route, in µs: the minimum of the
 * rounds for each, because other load on the machine only adds to it. If the result exceeds `most`, it is measured for
 * three times as long.
 */
async function difference(server, request, { bare, requests, most }) {
  // A flood is what matters, and in a flood the code for this request is compiled.
  await cpuOf(server, '/notify', request, 8 * requests);
  if (bare) await cpuOf(server, '/bare', request, 8 * requests);
  let notify = Infinity;
  let beside = bare ? Infinity : 0;
  for (let round = 0; goesOn(round, notify - beside, most); round++) {
    notify = Math.min(notify, await cpuOf(server, '/notify', request, requests));
    if (bare) beside = Math.min(beside, await cpuOf(server, '/bare', request, requests));
  }
  return notify - beside;
}

/** The same after the parser: the minimum of all requests of each route, in µs. */
async function differenceBehindParser(server, request, { most }) {
  const least = { '/notify': Infinity, '/bare': Infinity };
  const beyond = () => least['/notify'] - least['/bare'];
  for (let i = 0; goesOn(i / 12, beyond(), most); i++) {
    for (const path of Object.keys(least)) {
      await post(server, path, request);
      least[path] = Math.min(least[path], await ask(server, 'last'));
    }
  }
  return beyond();
}

function goesOn(round, beyond, most) {
  return round < ROUNDS || (round < 3 * ROUNDS && beyond > most);
}

async function cpuOf(server, path, request, requests) {
  const before = await ask(server, 'cpu');
  for (let i = 0; i < requests; i++) await post(server, path, request());
  return ((await ask(server, 'cpu')) - before) / requests;
}

async function ask({ child }, what) {
  child.send(what);
  const [time] = await once(child, 'message');
  return time;
}

function post({ port, agent }, path, { type, body, chunked }) {
  return new Promise((resolve) => {
    const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': Buffer.byteLength(body) };
    const headers = { 'Content-Type': type, ...length };
    const request = http.request({ port, agent, path, method: 'POST', headers }, (response) => {
      response.resume().on('close', () => resolve(response.statusCode));
    });
    // A server that refuses a body may close the connection before it has read it.
    request.on('error', resolve);
    request.end(body);
  });
}

function printHead() {
  const load = loadavg()
    .map((average) => average.toFixed(1))
    .join(', ');
  console.log(
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0].model}), load ${load}; minimum of ${ROUNDS} rounds\n`,
  );
  console.log('| request | server | honest notify, µs | beyond the bare route, µs | honest notifies |');
  console.log('| --- | --- | --- | --- | --- |');
}

function print({ name, at, unit, beyond }) {
  const units = (beyond / unit).toFixed(1);
  console.log(`| ${name} | ${at} | ${unit.toFixed(0)} | ${beyond.toFixed(0)} | ${units} |`);
}

/** The server: a notify route and a bare route. */
async function serve(platform, raw, measured) {
  const { Controller, Injectable, Module, Post } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  const { NotifyPayload, OnPayment, OutcomeProcessor, Pass2PayModule, PaymentNotify } =
    await import('../dist/index.js');
  class MeasuredController {
    constructor(outcomes) {
      this.outcomes = outcomes;
    }
    notify(notification) {
      return this.outcomes.process(notification);
    }
    bare() {
      return 'success';
    }
  }
  class Fulfilment {
    markPaid() {}
  }
  const decorate = (decorator, { prototype }, method) =>
    decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method));
  NotifyPayload()(MeasuredController.prototype, 'notify', 0);
  decorate(PaymentNotify('notify'), MeasuredController, 'notify');
  decorate(Post('bare'), MeasuredController, 'bare');
  Controller()(MeasuredController);
  Reflect.defineMetadata('design:paramtypes', [OutcomeProcessor], MeasuredController);
  decorate(OnPayment(), Fulfilment, 'markPaid');
  Injectable()(Fulfilment);
  class MeasuredModule {}
  Module({
    imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [MERCHANT] })],
    controllers: [MeasuredController],
    providers: [Fulfilment],
  })(MeasuredModule);
  const adapter = platform === 'fastify' ? [new FastifyAdapter()] : [];
  const app = await NestFactory.create(MeasuredModule, ...adapter, { rawBody: raw === 'raw' });
  let last;
  if (measured === 'behind-parser') {
    app.useGlobalGuards({
      canActivate(context) {
        const response = context.switchToHttp().getResponse();
        const before = process.cpuUsage();
        (response.raw ?? response).once('finish', () => {
          last = sumOf(process.cpuUsage(before));
        });
        return true;
      },
    });
  }
  await app.listen(0, '127.0.0.1');
  process.on('message', (what) => process.send(what === 'last' ? last : sumOf(process.cpuUsage())));
  process.send(app.getHttpServer().address().port);
}

function sumOf({ user, system }) {
  return user + system;
}
