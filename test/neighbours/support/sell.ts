import { expect } from '@jest/globals';
import type { Pass2PaySandbox } from '../../../sandbox/index.js';
import type { RunningApp } from '../../support/nest-app.js';
import { Fulfilment } from './shop.js';

/** Where a shop takes orders and notifies, and what a caller must send along. */
export interface Way {
  orders?: string;
  notify?: string;
  /** Headers of the shop's own customers; the gateway knows none of them. */
  headers?: Record<string, string>;
  /** Members of the order besides the required ones. */
  order?: Record<string, unknown>;
  /** What the shop's answer to an order is wrapped in. */
  unwrap?: (response: unknown) => unknown;
  /** The HTTP status of a refused notify, where the shop's own filter decides: the gateway looks only at the body. */
  refusedWith?: number;
}

let count = 0;

/**
 * What must hold whatever else an application does: an order is created, its notify is acknowledged with exactly
 * `success`, and a forged one is refused.
 */
export async function sellThrough({ app, url }: RunningApp, sandbox: Pass2PaySandbox, way: Way = {}): Promise<void> {
  const { orders = '/orders', notify = '/pay/notify', headers, unwrap = (response) => response } = way;
  const { paid } = app.get(Fulfilment);
  const sold = paid.length;
  const mchOrderNo = `N${(count += 1)}`;

  const response = await fetch(url + orders, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({
      mchOrderNo,
      amount: 10_031,
      registerTime: 1_622_016_572_190,
      custNo: 'C200492312',
      notifyUrl: url + notify,
      ...way.order,
    }),
  });
  const body: unknown = await response.json();
  expect({ status: response.status, body: unwrap(body) }).toMatchObject({
    status: 201,
    body: { mchOrderNo, cashierUrl: expect.stringMatching(/^http/) },
  });
  expect(sandbox.order(mchOrderNo)).toMatchObject({ amount: 10_031, state: 0 });

  await sandbox.pay(mchOrderNo);
  await sandbox.notifySettled(mchOrderNo);
  const attempts = sandbox.notifyAttempts(mchOrderNo);
  expect(attempts).toEqual([expect.objectContaining({ status: 200, response: 'success', acknowledged: true })]);
  expect(paid.slice(sold)).toEqual([expect.objectContaining({ mchOrderNo, amount: 10_031, state: 2 })]);

  const { headers: sent, body: genuine } = attempts[0]!;
  const forged = await fetch(url + notify, {
    method: 'POST',
    headers: { ...sent },
    body: genuine.replace('amount=10031', 'amount=10032'),
  });
  expect(genuine).toContain('amount=10031');
  expect(await forged.text()).not.toMatch(/^\s*success\s*$/i);
  expect(forged.status).toBe(way.refusedWith ?? 401);
  expect(paid).toHaveLength(sold + 1);
}
