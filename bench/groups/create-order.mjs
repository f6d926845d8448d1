import { startServer } from '../lib/children.mjs';
import { createByHand } from '../lib/create-by-hand.mjs';
import { createDatabase, openDatabase } from '../lib/databases.mjs';
import { batched, interleavedBatches, PLAN, ratio } from '../lib/measure.mjs';
import { CashierService, fromRoot, GatewayClient, MERCHANT, ORDER, sign, SIGNED_ORDER } from '../lib/module.mjs';
import { startModule } from '../lib/nest.mjs';
import { atLeast } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const HTTP_ADAPTER = 'axios.post (http adapter)';
const OWN_TRANSPORT = 'axios.post on this module’s transport';
const UNDICI = 'undici.request';
const OWN = 'nestjs-pass2pay createOrder';

/**
 * A complete createOrder, compared with one by hand, and with HTTP clients that only post the same bytes to the same
 * server.
 */
export async function run(progress) {
  const { default: axios } = await import('axios');
  const { request } = fromRoot('undici');
  const server = await startServer('servers/gateway.mjs');
  const options = { baseUrl: server.url, merchants: [MERCHANT] };
  const databaseName = `pass2pay_bench_${process.pid}`;
  const tables = await createDatabase('postgres', databaseName);
  const stored = await openDatabase('postgres', databaseName, 10);
  const [app, onAxios, onDatabase] = await Promise.all([
    startModule(options),
    startModule({ ...options, transport: { adapter: 'axios' } }),
    startModule({ ...options, baseUrl: `${server.url}/each`, database: stored.database }),
  ]);
  const body = JSON.stringify({ ...SIGNED_ORDER, sign: sign(SIGNED_ORDER, MERCHANT.secrets) });
  const url = `${server.url}/api/pay/cashierOrder`;
  const headers = { 'Content-Type': 'application/json;charset=UTF-8' };
  const create = (cashier) => () => cashier.createOrder({ ...ORDER });
  const client = app.get(GatewayClient);
  const { axios: ownAxios } = client;
  const byHand = createByHand(axios.create({ adapter: 'http' }), server.url);
  const byHandOnOwn = createByHand(ownAxios, server.url);
  const count = Math.ceil(300 * PLAN.scale);
  const cpu = {};
  let n = 1_000_000_000;
  const many = (name, call) => {
    cpu[name] = [];
    const measure = batched(() => Array(count).fill(call), CONCURRENCY);
    return async (ms) => {
      const before = process.cpuUsage();
      const rate = await measure(ms);
      const { user, system } = process.cpuUsage(before);
      cpu[name].push((user + system) / count);
      return rate;
    };
  };
  const calls = {
    [HTTP_ADAPTER]: () => axios.post(url, body, { headers, adapter: 'http' }),
    [OWN_TRANSPORT]: () => ownAxios.post(url, body, { headers, maxRedirects: 0 }),
    [UNDICI]: async () => {
      const answer = await request(url, { method: 'POST', headers, body });
      await answer.body.text();
    },
    'by hand (http adapter)': () => byHand({ ...ORDER }),
    'by hand on this module’s transport': () => byHandOnOwn({ ...ORDER }),
    'nestjs-pass2pay GatewayClient.call': () => client.call('cashierOrder', { ...ORDER }),
    [OWN]: create(app.get(CashierService)),
    'nestjs-pass2pay createOrder, adapter: axios': create(onAxios.get(CashierService)),
    'nestjs-pass2pay createOrder, with PostgreSQL': () =>
      onDatabase.get(CashierService).createOrder({ ...ORDER, mchOrderNo: `2016${(n += 1)}` }),
  };
  const samples = await interleavedBatches(
    Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, many(name, call)])),
    progress,
  );
  await Promise.all([app.close(), onAxios.close(), onDatabase.close(), server.stop()]);
  await stored.close();
  await tables.drop();
  const times = Object.fromEntries(
    Object.entries(cpu).map(([name, values]) => [name, values.slice(-samples[name].length)]),
  );
  const speed = (other, wanted) => atLeast(`the speed of ${other}, by CPU`, wanted, ratio(times, other, OWN));
  return [
    {
      id: 'create-order-cpu',
      title: 'CPU of creating an order: validated, signed, sent, response verified',
      unit: 'µs',
      isTime: true,
      samples: times,
      targets: [speed(OWN_TRANSPORT, 0.75), speed(UNDICI, 0.65), speed(HTTP_ADAPTER, 2)],
    },
    {
      id: 'create-order',
      title: 'Creating orders, 32 at a time',
      unit: 'requests/s',
      samples,
      targets: [],
    },
  ];
}
