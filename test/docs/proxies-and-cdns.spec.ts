import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { OnPayment } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { commandsOf, RunDocument } from './support/document.js';
import { bash, run } from './support/processes.js';
import { startShop } from './support/shop.js';
import { MERCHANT_ENV } from './support/environment.js';

const page = new RunDocument('docs/proxies-and-cdns.md');
const { PayController, trustOneProxy } = await page.load<{
  PayController: Type;
  trustOneProxy: (app: NestExpressApplication) => void;
}>('trustOneProxy');

class Fulfilment {
  @OnPayment()
  markPaid() {}
}

it('its commands say whether notifies come through, and forged ones do not', async () => {
  const { url } = await startShop({ providers: [Fulfilment] }, { options: { notifyPath: 'pay/notify' } });
  const env = MERCHANT_ENV;
  const [genuine, forged] = commandsOf(page.take('--forged').replaceAll('https://shop.example', url));
  expect((await run('bash', bash(genuine!), { env })).stdout).toContain('Acknowledged');
  expect((await run('bash', bash(forged!), { env })).stdout).toContain('401');
});

it('the payer’s address is the one that the proxy of the shop saw', async () => {
  const { app, url, gateway } = await startShop({ controllers: [PayController] });
  trustOneProxy(app as NestExpressApplication);
  const headers = { 'X-Forwarded-For': '10.0.0.1, 210.73.10.148' };
  expect((await fetch(`${url}/pay`, { method: 'POST', headers })).status).toBe(201);
  expect(gateway.order('O1')).toMatchObject({ clientIp: '210.73.10.148' });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
