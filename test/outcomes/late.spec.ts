import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { ExpectedOrder } from '../../lib/outcomes/merchant-orders.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';
import { NotifyRoute } from './support/notified-shop.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});

/** The platform's own ways: it announces neither closing nor expiry nor failure, and its query goes on saying them. */
async function gateway() {
  const sandbox = await Pass2PaySandbox.start({ dialect: 'platform', clock: 'stepped' });
  open.push({ close: () => sandbox.stop() });
  return sandbox;
}

/** A process of the shop; a second one is what is there after a restart. */
async function shop(sandbox: Pass2PaySandbox, platform: Platform, options: Partial<Pass2PayOptions> = {}) {
  const applied: PaymentOutcome[] = [];
  const failing = { state: undefined as OrderState | undefined };

  @Injectable()
  class Fulfilment {
    @OnPayment() settle(payment: PaymentOutcome) {
      if (payment.state === failing.state) throw new Error('the shop’s database is down');
      applied.push(payment);
    }
  }

  const { app, url } = await startApp(
    {
      imports: [
        Pass2PayModule.forRoot({
          baseUrl: sandbox.url,
          merchants: [{ mchNo, appId, secrets: secret }],
          retries: 0,
          reconcile: { enabled: false },
          ...options,
        }),
      ],
      controllers: [NotifyRoute],
      providers: [Fulfilment],
    },
    { platform },
  );
  open.push(app);
  const create = async (expiredTime = 7200) =>
    // The platform itself knows none of the fields that Pass2Pay's services add.
    app.get(GatewayClient).call('unifiedOrder', {
      mchOrderNo: 'O1',
      amount: 5,
      currency: 'cny',
      wayCode: 'ALI_QR',
      subject: '商品',
      body: '0',
      notifyUrl: `${url}/pay/notify`,
      expiredTime,
    });
  return { app, url, applied, failing, create, reconciler: app.get(Reconciler) };
}

/** The ways in which an order ends unpaid, and the state that the query then says for ever. */
const ENDS: [string, OrderState, (sandbox: Pass2PaySandbox) => Promise<void>][] = [
  ['closed', OrderState.Closed, (sandbox) => sandbox.close('O1')],
  ['failed', OrderState.Failed, (sandbox) => sandbox.fail('O1')],
  ['expired', OrderState.Closed, (sandbox) => sandbox.advance(7_260_000)],
];

const payLate = async (sandbox: Pass2PaySandbox) => {
  await sandbox.payAfterClose('O1');
  await sandbox.advance(0);
};

/** Every attempt that the gateway makes. */
const ALL_ATTEMPTS_MS = 600_000;

describe.each(PLATFORMS)('A16 a payment after its order was ended, on %s', (platform) => {
  it.each(ENDS)('%s: is late after the reconciler has learnt of the end (%i)', async (_how, state, end) => {
    const sandbox = await gateway();
    const { applied, create, reconciler } = await shop(sandbox, platform);
    await create();
    await end(sandbox);
    expect(sandbox.notifyAttempts('O1')).toEqual([]);
    expect(await reconciler.reconcileNow('O1')).toBe('applied');
    await payLate(sandbox);
    expect(applied).toMatchObject([
      { state, late: false, source: 'query' },
      { state: OrderState.Success, late: true, gatewayState: state, previousState: state, source: 'notify' },
    ]);
    expect(applied[0]!.gatewayState).toBeUndefined();
    expect(applied[0]!.previousState).toBeUndefined();
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 1 });
    // The query goes on saying that it ended, and is no news.
    expect(await reconciler.reconcileNow('O1')).toBe('stale');
    expect(applied).toHaveLength(2);
  });

  it.each(ENDS)(
    '%s: is late after a restart, by the state (%i) that the own order took over',
    async (_how, state, end) => {
      const sandbox = await gateway();
      const own: ExpectedOrder = { amount: 5, currency: 'cny', lastState: state };
      const merchantOrders = { find: async () => own, pending: async () => [] };
      const { applied, create } = await shop(sandbox, platform, { merchantOrders, inbox: new MemoryInbox() });
      await create();
      await end(sandbox);
      await payLate(sandbox);
      expect(applied).toMatchObject([
        { state: OrderState.Success, late: true, gatewayState: state, previousState: state },
      ]);
    },
  );

  it.each(ENDS)(
    '%s: is late after a query with confirmNotify always, which still says %i',
    async (_how, state, end) => {
      const sandbox = await gateway();
      const { applied, create } = await shop(sandbox, platform, { confirmNotify: 'always' });
      await create();
      await end(sandbox);
      await payLate(sandbox);
      expect(applied).toMatchObject([{ state: OrderState.Success, late: true, gatewayState: state }]);
      expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 1 });
    },
  );

  it('is late although the handlers of its closing have failed', async () => {
    const sandbox = await gateway();
    const { applied, failing, create, reconciler } = await shop(sandbox, platform);
    await create();
    await sandbox.close('O1');
    failing.state = OrderState.Closed;
    await expect(reconciler.reconcileNow('O1')).rejects.toThrow('database is down');
    await payLate(sandbox);
    expect(applied).toMatchObject([{ state: OrderState.Success, late: true, gatewayState: OrderState.Closed }]);
    expect(applied[0]!.previousState).toBeUndefined();
  });

  it('is still late when it comes again because its own handlers have failed', async () => {
    const sandbox = await gateway();
    const { applied, failing, create } = await shop(sandbox, platform, { confirmNotify: 'always' });
    await create();
    await sandbox.close('O1');
    failing.state = OrderState.Success;
    await payLate(sandbox);
    expect(applied).toEqual([]);
    failing.state = undefined;
    await sandbox.advance(ALL_ATTEMPTS_MS);
    expect(applied).toMatchObject([{ state: OrderState.Success, late: true, gatewayState: OrderState.Closed }]);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 2 });
  });

  it('B11 after a create that was called failed because of its upstream', async () => {
    const sandbox = await gateway();
    sandbox.inject({ kind: 'upstream', result: 'broken' });
    const { applied, create, reconciler } = await shop(sandbox, platform);
    expect(await create()).toMatchObject({ data: { orderState: OrderState.Failed } });
    expect(await reconciler.reconcileNow('O1')).toBe('applied');
    await payLate(sandbox);
    expect(applied).toMatchObject([
      { state: OrderState.Failed, late: false },
      { state: OrderState.Success, late: true, gatewayState: OrderState.Failed },
    ]);
  });
});

describe.each(PLATFORMS)(
  'B11 a create that is answered with state 3, which the payer pays all the same, on %s',
  (platform) => {
    const ORDER = { mchOrderNo: 'O1', amount: 5, wayCode: 'ALI_QR', custNo: 'C200492312', registerTime: 1622016572190 };

    it.each(['broken', 'declined', 'refused'] as const)('is late without any query (%s)', async (result) => {
      const sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
      open.push({ close: () => sandbox.stop() });
      const { app, url, applied } = await shop(sandbox, platform);
      sandbox.inject({ kind: 'upstream', result });
      // Its own notify of the failure is lost.
      sandbox.inject({ kind: 'notify-drop', times: 6 });
      const order = { ...ORDER, clientIp: '210.73.10.148', notifyUrl: `${url}/pay/notify` };
      expect(await app.get(PaymentService).createOrder(order)).toMatchObject({ state: OrderState.Failed });
      await sandbox.advance(ALL_ATTEMPTS_MS);
      sandbox.clearFaults();
      await payLate(sandbox);
      expect(applied).toMatchObject([{ state: OrderState.Success, late: true, gatewayState: OrderState.Failed }]);
      expect(sandbox.requests.map(({ endpoint }) => endpoint)).toEqual(['unifiedOrder']);
    });
  },
);

describe('an ordinary payment', () => {
  it('is not late', async () => {
    const sandbox = await gateway();
    const { applied, create } = await shop(sandbox, 'express', { confirmNotify: 'always' });
    await create();
    await sandbox.pay('O1');
    await sandbox.advance(0);
    expect(applied).toMatchObject([{ state: OrderState.Success, late: false, source: 'notify' }]);
    expect(applied[0]!.gatewayState).toBeUndefined();
  });

  it('tells a refund what was applied before it', async () => {
    const sandbox = await gateway();
    const { applied, create, reconciler } = await shop(sandbox, 'express');
    await create();
    await sandbox.pay('O1');
    await sandbox.advance(0);
    await sandbox.refund('O1');
    expect(await reconciler.reconcileNow('O1')).toBe('applied');
    expect(applied.map(({ state, previousState }) => [state, previousState])).toEqual([
      [OrderState.Success, undefined],
      [OrderState.Refunded, OrderState.Success],
    ]);
  });

  it('is stale after its refund was applied first, and the refund says that there was no success before', async () => {
    const sandbox = await gateway();
    const { applied, failing, create, reconciler } = await shop(sandbox, 'express');
    await create();
    failing.state = OrderState.Success;
    await sandbox.pay('O1');
    await sandbox.advance(0);
    failing.state = undefined;
    await sandbox.refund('O1');
    expect(await reconciler.reconcileNow('O1')).toBe('applied');
    await sandbox.advance(ALL_ATTEMPTS_MS);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 2 });
    expect(applied.map(({ state, previousState }) => [state, previousState])).toEqual([
      [OrderState.Refunded, undefined],
    ]);
  });
});
