import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { inspect } from 'node:util';
import type { Pass2PayError } from '../../lib/errors/pass2pay.errors.js';
import { CatchPass2PayErrors } from '../../lib/nest/catch-pass2pay-errors.decorator.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer } from '../support/fake-server.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';

const PAYER = { custNo: 'C200492312', userName: '张三丰', idNo: '320681198603213312', mbrTel: '13812341234' };
const ORDER = { mchOrderNo: 'O1', amount: 100, registerTime: 1622016572190, ...PAYER };

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** Echoes all that it was sent, with the signature and with what no terminal should be sent, a megabyte of it. */
function echo(body: string): string {
  const { sign: signature } = JSON.parse(body) as { sign: string };
  return `no\r\n\u001b[2Jlog line of another\u0000sign=${signature}&x=${signature} ${body} ${'填充'.repeat(100_000)}`;
}

type Answer = (body: string) => string;

async function gateway(answer: Answer) {
  const server = await startServer((request, response) => response.end(answer(request.body)));
  open.push(server);
  return { baseUrl: server.url, merchants: [{ ...MERCHANT }], retries: 0 };
}

const RESPONSES: readonly [string, Answer][] = [
  ['a refusal', (body) => JSON.stringify({ code: 9999, msg: echo(body) })],
  ['the traceId of a refusal', (body) => JSON.stringify({ code: 9999, msg: '验签失败', traceId: echo(body) })],
  [
    'the traceId of a wrong signature',
    (body) => JSON.stringify({ code: 0, data: { a: 1 }, sign: '0', traceId: echo(body) }),
  ],
  ['no JSON', (body) => echo(body)],
  [
    'a name that stands twice',
    (body) => `{"${JSON.stringify(echo(body)).slice(1, -1)}":1,${JSON.stringify(echo(body))}:2}`,
  ],
  ['a nested field', (body) => JSON.stringify({ code: 0, data: { [echo(body)]: {} }, sign: '0' })],
  [
    'a field that is not as documented',
    (body) => {
      const data = {
        mchOrderNo: 'O1',
        payOrderId: 'P1',
        orderState: echo('{"sign":"F00DF00DF00DF00DF00DF00DF00DF00D"}'),
      };
      return JSON.stringify({ code: 0, data, sign: sign(data, MERCHANT.secrets), traceId: echo(body) });
    },
  ],
];

/** Everything that a logger could print of an error, causes included. */
const allOf = (error: unknown) => inspect(error, { depth: 10, maxStringLength: null });

function expectHarmless(text: string): void {
  expect(text).not.toMatch(/[0-9a-f]{32}/i);
  expect(text).not.toMatch(/sign=/i);
  expect(text).not.toContain('\u001b');
  for (const value of Object.values(PAYER)) expect(text).not.toContain(value);
}

describe.each(RESPONSES)('B6: hostile words in %s', (_where, answer) => {
  it('are one short, printable line without signature and payer data, wherever the error shows them', async () => {
    const client = new Pass2PayClient(await gateway(answer));
    open.push(client);
    const error = await client.gateway.call('cashierOrder', ORDER).then(
      () => client.cashier.createOrder(ORDER).catch((refusal: unknown) => refusal),
      (refusal: unknown) => refusal,
    );
    for (let shown = error as Pass2PayError | undefined; shown !== undefined; shown = shown.cause as typeof shown) {
      expect(shown.message.length).toBeLessThan(600);
      expect(shown.message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect((shown.traceId ?? '').length).toBeLessThanOrEqual(200);
    }
    expectHarmless(allOf(error));
  });

  it.each(PLATFORMS)('are the same in the log and the response of an application on %s', async (platform) => {
    @Controller('orders')
    class OrdersController {
      constructor(private readonly cashier: CashierService) {}

      @CatchPass2PayErrors()
      @Post()
      create() {
        return this.cashier.createOrder(ORDER);
      }
    }
    const imports = [Pass2PayModule.forRoot(await gateway(answer))];
    const { app, url } = await startApp({ imports, controllers: [OrdersController] }, { platform });
    open.push(app);
    logged.length = 0;
    const response = await fetch(`${url}/orders`, { method: 'POST' });
    expectHarmless(await response.text());
    expect(logged.length).toBeLessThan(10);
    for (const line of logged) expectHarmless(line);
  });
});
