import { startServer } from '../lib/children.mjs';
import { batched, interleavedBatches, PLAN, ratio } from '../lib/measure.mjs';
import { CashierService, fromRoot, GatewayClient, MERCHANT, ORDER, sign, SIGNED_ORDER } from '../lib/module.mjs';
import { startModule } from '../lib/nest.mjs';
import { atLeast } from '../lib/targets.mjs';

const CONCURRENCY = 32;

/** createOrder whole, beside HTTP clients that only post the same bytes to the same server. */
export async function run(progress) {
  const { default: axios } = await import('axios');
  const { request } = fromRoot('undici');
  const server = await startServer('servers/gateway.mjs');
  const options = { baseUrl: server.url, merchants: [MERCHANT] };
  const [app, onAxios] = await Promise.all([
    startModule(options),
    startModule({ ...options, transport: { adapter: 'axios' } }),
  ]);
  const body = JSON.stringify({ ...SIGNED_ORDER, sign: sign(SIGNED_ORDER, MERCHANT.secrets) });
  const url = `${server.url}/api/pay/cashierOrder`;
  const headers = { 'Content-Type': 'application/json;charset=UTF-8' };
  const create = (cashier) => () => cashier.createOrder({ ...ORDER });
  const { axios: ownAxios } = app.get(GatewayClient);
  const many = (call) => batched(() => Array(Math.ceil(300 * PLAN.scale)).fill(call), CONCURRENCY);
  const samples = await interleavedBatches(
    {
      'axios.post (http adapter)': many(() => axios.post(url, body, { headers, adapter: 'http' })),
      'axios.post on this module’s transport': many(() => ownAxios.post(url, body, { headers, maxRedirects: 0 })),
      'undici.request': many(async () => {
        const answer = await request(url, { method: 'POST', headers, body });
        await answer.body.text();
      }),
      'nestjs-pass2pay createOrder': many(create(app.get(CashierService))),
      'nestjs-pass2pay createOrder, adapter: axios': many(create(onAxios.get(CashierService))),
    },
    progress,
  );
  await Promise.all([app.close(), onAxios.close(), server.stop()]);
  const own = 'nestjs-pass2pay createOrder';
  return [
    {
      id: 'create-order',
      title: 'Creating an order: validated, signed, sent, answer verified (32 at a time)',
      unit: 'requests/s',
      samples,
      targets: [
        atLeast('axios.post', 1.6, ratio(samples, own, 'axios.post (http adapter)')),
        atLeast('undici.request', 0.6, ratio(samples, own, 'undici.request')),
      ],
    },
  ];
}
