// One measurement of how cost grows, in a fresh process with --expose-gc. Reports the time and the memory per call.
import {
  CashierService,
  GatewayClient,
  MERCHANT,
  OnPayment,
  ORDER,
  OrderState,
  OutcomeProcessor,
  PaymentNotification,
  sign,
} from '../lib/module.mjs';
import { decorated, decoratedMethod, Injectable, startModule } from '../lib/nest.mjs';

const [what, size, calls] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const merchantOf = (n) => ({ mchNo: `M${n}`, appId: `A${n}`, secrets: MERCHANT.secrets });
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));

/** Orders without a network: the cost of the module itself. */
async function orders(options) {
  const app = await startModule({ baseUrl: 'https://api.example', ...options });
  const data = {
    payOrderId: 'P1',
    mchOrderNo: ORDER.mchOrderNo,
    orderState: 0,
    payDataType: 'payUrl',
    payData: 'https://c.example',
  };
  const answer = JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, MERCHANT.secrets) });
  app.get(GatewayClient).axios.defaults.adapter = async (config) => ({
    status: 200,
    statusText: 'OK',
    data: answer,
    headers: {},
    config,
  });
  const cashier = app.get(CashierService);
  return (n) => {
    const { mchNo, appId } = merchantOf(n % size);
    return cashier.createOrder({ ...ORDER }, { merchant: { mchNo, appId } });
  };
}

async function outcomes(handlers) {
  class Others {}
  const methods = many(handlers, (n) => `handle${n}`);
  for (const name of methods) {
    Object.defineProperty(Others.prototype, name, { value: () => {}, writable: true, configurable: true });
    decoratedMethod(Others, name, [OnPayment(OrderState.Closed)], [Object]);
  }
  decorated([Injectable()], Others);
  class Fulfilment {
    markPaid() {}
  }
  decoratedMethod(Fulfilment, 'markPaid', [OnPayment(OrderState.Success)], [Object]);
  decorated([Injectable()], Fulfilment);
  const app = await startModule({ baseUrl: 'https://api.example', merchants: [MERCHANT] }, [Others, Fulfilment]);
  const processor = app.get(OutcomeProcessor);
  const { mchNo, appId } = MERCHANT;
  return (n) =>
    processor.process(
      Object.assign(new PaymentNotification(), {
        payOrderId: `P${n}`,
        mchOrderNo: `O${n}`,
        mchNo,
        appId,
        amount: 1,
        currency: 'cny',
        state: 2,
      }),
    );
}

const kinds = {
  merchants: () => orders({ merchants: many(size, merchantOf) }),
  resolver: () =>
    orders({ merchantResolver: { findMerchant: async ({ appId }) => merchantOf(Number(appId.slice(1))) } }),
  outcomes: () => outcomes(0),
  handlers: () => outcomes(size),
};
const call = await kinds[what]();
let n = 0;
// For `outcomes`, `size` outcomes have been handled by the end of the measurement.
const before = what === 'outcomes' ? Math.max(size - calls, 0) : Math.min(calls, 20_000);
for (; n < before; n++) await call(n);
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
const from = performance.now();
for (const until = n + calls; n < until; n++) await call(n);
const took = performance.now() - from;
globalThis.gc();
process.send({
  micros: (took / calls) * 1000,
  bytes: (process.memoryUsage().heapUsed - heap) / calls,
  heap: heap / 1e6,
});
process.exit(0);
