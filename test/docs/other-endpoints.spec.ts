import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import { sign, verify } from 'nestjs-pass2pay';
import {
  Pass2PayClient,
  type MerchantOptions,
  type Pass2PayOptions,
  type VerifiedNotify,
} from 'nestjs-pass2pay/client';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { signedPaymentNotify, signedTransferNotify } from 'pass2pay-sandbox/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { RunDocument } from './support/document.js';
import { startShop } from './support/shop.js';

interface UndocumentedEndpoints {
  close(mchOrderNo: string): Promise<void>;
  refund(mchOrderNo: string, mchRefundNo: string, refundAmount: number): Promise<object>;
  queryRefund(mchRefundNo: string): Promise<object>;
}

const page = new RunDocument('docs/other-endpoints.md');
const { secret } = DEFAULT_MERCHANT;

/** What the platform answers; the sandbox has none of these endpoints, since Pass2Pay documents none. */
const RESPONSES: Readonly<Record<string, Record<string, string | number>>> = {
  '/api/pay/close': {},
  '/api/refund/refundOrder': { refundOrderId: 'R100', mchRefundNo: 'R1', refundAmount: 500, state: 1 },
  '/api/refund/query': { refundOrderId: 'R100', mchRefundNo: 'R1', refundAmount: 500, state: 2 },
};
let platform: FakeServer;
beforeAll(async () => {
  platform = await startServer(({ path }, response) => {
    const data = RESPONSES[path]!;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, secret) }));
  });
});
afterAll(() => platform.close());

it('closes an order, refunds one, and asks what became of it', async () => {
  const { UndocumentedEndpoints } = await page.load<{ UndocumentedEndpoints: Type<UndocumentedEndpoints> }>('refund');
  const { app } = await startShop({ providers: [UndocumentedEndpoints] }, { options: { baseUrl: platform.url } });
  const endpoints = app.get<UndocumentedEndpoints>(UndocumentedEndpoints);
  await endpoints.close('O1');
  expect(await endpoints.refund('O1', 'R1', 500)).toEqual({ refundOrderId: 'R100', state: 1 });
  expect(await endpoints.queryRefund('R1')).toEqual({ state: 2, refundAmount: 500 });
  const sent = platform.requests.map(({ body }) => JSON.parse(body) as Record<string, string>);
  expect(sent).toMatchObject([
    { mchOrderNo: 'O1', version: '1.0' },
    { mchOrderNo: 'O1', mchRefundNo: 'R1', refundAmount: 500, currency: 'cny' },
    { mchRefundNo: 'R1' },
  ]);
  for (const { sign: signature, ...params } of sent) expect(verify(params, signature, secret)).toBe(true);
});

it('looks an order up without an application', async () => {
  const { lookUp } = await page.load<{
    lookUp: (options: Pass2PayOptions, mchOrderNo: string) => Promise<{ state: number; amount: number }>;
  }>('Pass2PayClient');
  const sandbox = await Pass2PaySandbox.start();
  try {
    const { mchNo, appId } = DEFAULT_MERCHANT;
    const options = { baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets: secret }] };
    const client = new Pass2PayClient(options);
    await client.cashier.createOrder({ mchOrderNo: 'O1', amount: 500, registerTime: 1622016572190, custNo: 'C1' });
    await client.close();
    await sandbox.pay('O1');
    expect(await lookUp(options, 'O1')).toMatchObject({ state: 2, amount: 500 });
  } finally {
    await sandbox.stop();
  }
});

it('takes genuine notifies of both kinds without an application, and no others', async () => {
  const { notifyServer } = await page.load<{
    notifyServer: (merchants: MerchantOptions[], handle: (notify: VerifiedNotify) => Promise<void>) => Server;
  }>('verifyNotify');
  const { mchNo, appId } = DEFAULT_MERCHANT;
  const booked: VerifiedNotify[] = [];
  let isDown = true;
  const server = notifyServer([{ mchNo, appId, secrets: secret }], async (notify) => {
    if (isDown) throw new Error('the database is down');
    booked.push(notify);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/notify`;
  const post = (body: string) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
  const payment = signedPaymentNotify({ mchOrderNo: 'O1', amount: 500 }).body;
  const transfer = signedTransferNotify({ mchOrderNo: 'T1', amount: 100 }).body;
  try {
    expect((await post(payment)).status).toBe(500);
    isDown = false;
    for (const body of [payment, transfer]) expect(await (await post(body)).text()).toBe('success');
    expect((await post(payment.replace('500', '501'))).status).toBe(401);
    expect((await fetch(`${url}?${payment}`, { method: 'POST' })).status).toBe(200);
    expect(booked).toMatchObject([
      { kind: 'payment', payment: { mchOrderNo: 'O1', amount: 500 } },
      { kind: 'transfer', transfer: { mchOrderNo: 'T1', amount: 100 } },
      { kind: 'payment', payment: { mchOrderNo: 'O1' } },
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
