import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { CashierService } from '../../lib/cashier/cashier.service.js';
import { OrderState } from '../../lib/order/order-state.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../lib/sandbox/index.js';
import { startApp, type RunningApp } from '../support/nest-app.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const ORDER = { amount: 100, registerTime: 1622016572190, custNo: 'C200492312' };

describe('watching an order', () => {
  let sandbox: Pass2PaySandbox;
  let running: RunningApp;
  let cashier: CashierService;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    running = await startApp({
      imports: [
        Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets: secret }], retries: 1 }),
      ],
    });
    cashier = running.app.get(CashierService);
  });
  afterAll(async () => {
    await running.app.close();
    await sandbox.stop();
  });

  const queries = () => sandbox.requests.filter((request) => request.endpoint === 'query').length;
  const until = async (isSo: () => boolean) => {
    for (let i = 0; i < 400 && !isSo(); i++) await pause(10);
    expect(isSo()).toBe(true);
  };
  const pause = (ms: number) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    });

  it('tells each state once, and ends with the final one', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'watched' });
    const before = queries();
    const states = lastValueFrom(cashier.watchOrder({ mchOrderNo: 'watched' }, { intervalMs: 20 }).pipe(toArray()));
    await until(() => queries() - before > 2);
    await sandbox.pay('watched');
    expect((await states).map((order) => order.state)).toEqual([OrderState.Created, OrderState.Success]);
    const after = queries();
    await pause(100);
    expect(queries()).toBe(after);
  });

  it('asks less and less often', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'slow' });
    const subscription = cashier.watchOrder({ mchOrderNo: 'slow' }, { intervalMs: 40 }).subscribe();
    const asked = () =>
      sandbox.requests
        .filter(({ endpoint, body }) => endpoint === 'query' && body.includes('"slow"'))
        .map(({ at }) => at);
    await until(() => asked().length === 6);
    subscription.unsubscribe();
    // Waits of 40, 60, 90, 135 and 202 ms at the least: a busy machine only makes them longer.
    const [first] = asked();
    expect(asked().at(-1)! - first!).toBeGreaterThanOrEqual(500);
  });

  it('stops asking on unsubscribe, even while a query is under way', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'left' });
    sandbox.inject({ kind: 'lost', endpoint: 'query', mchOrderNo: 'left' });
    const asked = () =>
      sandbox.requests.filter(({ endpoint, body }) => endpoint === 'query' && body.includes('"left"'));
    const told: unknown[] = [];
    const subscription = cashier
      .watchOrder({ mchOrderNo: 'left' }, { intervalMs: 10 })
      .subscribe({ next: (order) => told.push(order), error: (error) => told.push(error) });
    await until(() => asked().length === 1);
    subscription.unsubscribe();
    await pause(400);
    expect(asked()).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it('fails where the gateway does not know the order', async () => {
    await expect(firstValueFrom(cashier.watchOrder({ mchOrderNo: 'nobody' }))).rejects.toMatchObject({
      code: 'PASS2PAY_API',
      gatewayMessage: '订单不存在',
    });
  });

  it('lives through an answer that was lost', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'bumpy' });
    sandbox.inject({ kind: 'reset-after', endpoint: 'query', mchOrderNo: 'bumpy' });
    expect(await firstValueFrom(cashier.watchOrder({ mchOrderNo: 'bumpy' }))).toMatchObject({ mchOrderNo: 'bumpy' });
  });
});
