import { Controller, Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

@Controller('own')
class PayController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

@Injectable()
class Fulfilment {
  @OnPayment()
  pay() {}
}

const routes = PLATFORMS.flatMap((platform) => ['/built-in/notify', '/own/notify'].map((path) => ({ platform, path })));

describe.each(routes)('notifies to $path on $platform', ({ platform, path }) => {
  let running: RunningApp | undefined;
  beforeEach(() => {
    logged.length = 0;
  });
  afterEach(() => running?.app.close());

  const start = async (allowedNotifyAddresses: Pass2PayOptions['allowedNotifyAddresses'], trustProxy?: string) => {
    const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], allowedNotifyAddresses };
    const imports = [Pass2PayModule.forRoot({ ...options, notifyPath: 'built-in/notify' })];
    const metadata = { imports, controllers: [PayController], providers: [Fulfilment] };
    running = await startApp(metadata, { platform, ...(trustProxy && { trustProxy }) });
  };

  async function post(headers: Record<string, string> = {}, body = signedForm(notifyParams())) {
    const response = await fetch(running!.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
    return { status: response.status, text: await response.text(), mark: response.headers.get('pass2pay-notify') };
  }
  const refusals = () => logged.filter((line) => line.includes('A notify was refused (address)'));

  it('come from anywhere where nothing is said', async () => {
    await start(undefined);
    expect(await post({ 'X-Forwarded-For': '203.0.113.9' })).toMatchObject({ status: 200, text: 'success' });
  });

  it('come only from the addresses that are allowed', async () => {
    await start(['203.0.113.0/24', '127.0.0.1']);
    expect(await post()).toMatchObject({ status: 200, text: 'success' });
    expect(await post({}, 'x=1')).toMatchObject({ status: 401 });
    expect(refusals()).toEqual([]);
  });

  it('from elsewhere are answered as forged ones are, and logged with their address', async () => {
    await start(['203.0.113.0/24']);
    const elsewhere = await post();
    expect(elsewhere).toMatchObject({ status: 401, mark: 'refused' });
    expect(refusals()).toEqual([
      expect.stringContaining('it came from "127.0.0.1", which is not in allowedNotifyAddresses'),
    ]);
    await running!.app.close();
    await start(undefined);
    expect(await post({}, signedForm(notifyParams()).replace('amount=5', 'amount=1'))).toEqual(elsewhere);
  });

  it('are not let in by a header that anybody can write', async () => {
    await start(['203.0.113.0/24']);
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP', 'True-Client-IP']) {
      expect((await post({ [name]: name === 'Forwarded' ? 'for=203.0.113.9' : '203.0.113.9' })).status).toBe(401);
    }
    expect(refusals()).toHaveLength(5);
  });

  it('have the address that a trusted proxy gives', async () => {
    await start(['203.0.113.0/24', '2001:db8::/32'], 'loopback');
    expect((await post({ 'X-Forwarded-For': '203.0.113.9' })).status).toBe(200);
    expect((await post({ 'X-Forwarded-For': '::ffff:203.0.113.9' })).status).toBe(200);
    expect((await post({ 'X-Forwarded-For': '2001:db8:1::9' })).status).toBe(200);
    // What stands before the last address, the sender has written.
    expect((await post({ 'X-Forwarded-For': '203.0.113.9, 198.51.100.1' })).status).toBe(401);
    expect((await post({ 'X-Forwarded-For': '2001:db9::9' })).status).toBe(401);
    expect((await post({ 'X-Forwarded-For': 'unknown' })).status).toBe(401);
    expect((await post()).status).toBe(401);
    expect(refusals()[0]).toContain('it came from "198.51.100.1"');
  });
});
