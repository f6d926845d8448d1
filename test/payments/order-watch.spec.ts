import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { entered } from '../sandbox/support/entered.js';
import { TestClock } from '../support/test-clock.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const ORDER = { amount: 100, registerTime: 1622016572190, custNo: 'C200492312' };

const clock = TestClock.install();
afterAll(() => clock.uninstall());

describe('watching an order', () => {
  let sandbox: Pass2PaySandbox;
  let client: Pass2PayClient;
  let cashier: CashierService;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets: secret }], retries: 1 });
    ({ cashier } = client);
  });
  afterAll(async () => {
    await client.close();
    await sandbox.stop();
  });

  const asked = (mchOrderNo: string) =>
    sandbox.requests.filter(({ endpoint, body }) => endpoint === 'query' && body.includes(`"${mchOrderNo}"`));

  /** Whatever a watch that is over might still ask has been asked when this is done. */
  async function pass(mchOrderNo: string): Promise<void> {
    await clock.tick(600_000);
    await cashier.queryOrder({ mchOrderNo });
  }

  it('tells each state once, and ends with the final one', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'watched' });
    const states = lastValueFrom(cashier.watchOrder({ mchOrderNo: 'watched' }, { intervalMs: 20 }).pipe(toArray()));
    for (let passed = 0; passed < 3; passed += 1) await clock.passWait();
    expect(await clock.nextWait()).toBeCloseTo(67.5);
    await sandbox.pay('watched');
    await clock.tick(68);
    expect((await states).map((order) => order.state)).toEqual([OrderState.Created, OrderState.Success]);
    expect(asked('watched')).toHaveLength(5);
    await pass('watched');
    expect(asked('watched')).toHaveLength(6);
  });

  it('asks less and less often', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'slow' });
    const options = { intervalMs: 40, maxIntervalMs: 200 };
    const subscription = cashier.watchOrder({ mchOrderNo: 'slow' }, options).subscribe();
    const waits: number[] = [];
    while (waits.length < 6) waits.push(await clock.passWait());
    // The query after the last wait is answered when the next wait begins.
    await clock.nextWait();
    subscription.unsubscribe();
    expect(waits).toEqual([40, 60, 90, 135, 200, 200]);
    const times = asked('slow').map(({ at }) => at);
    expect(times.slice(1).map((time, index) => time - times[index]!)).toEqual(waits);
  });

  it('stops asking on unsubscribe, even while a query is under way', async () => {
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'left' });
    sandbox.inject({ kind: 'lost', endpoint: 'query', mchOrderNo: 'left' });
    const told: unknown[] = [];
    const subscription = cashier
      .watchOrder({ mchOrderNo: 'left' }, { intervalMs: 10 })
      .subscribe({ next: (order) => told.push(order), error: (error) => told.push(error) });
    await entered(sandbox, (entry) => entry.type === 'request' && entry.fault === 'lost');
    subscription.unsubscribe();
    await pass('left');
    expect(asked('left')).toHaveLength(2);
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
    const order = firstValueFrom(cashier.watchOrder({ mchOrderNo: 'bumpy' }));
    await clock.passWait();
    expect(await order).toMatchObject({ mchOrderNo: 'bumpy' });
  });
});
