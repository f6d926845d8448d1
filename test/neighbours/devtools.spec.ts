import { spawn } from 'node:child_process';
import { inspect } from 'node:util';
import { Controller, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { ModulesContainer, NestFactory, SerializedGraph } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BullMqOutcomeQueue } from '../../lib/bullmq/index.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { getPass2PayOptionsToken } from '../../lib/pass2pay.tokens.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { root } from '../docs/support/document.js';

/** Each is found wherever it is shown. */
const SECRETS = {
  merchant: 'CANARY-secret-of-the-merchant',
  proxy: 'CANARY-password-of-the-proxy',
  passphrase: 'CANARY-passphrase-of-the-key',
  redis: 'CANARY-password-of-redis',
};

const options = (): Pass2PayOptions => ({
  baseUrl: 'http://127.0.0.1:9',
  merchants: [{ mchNo: 'M1', appId: 'A1', secrets: [SECRETS.merchant, `${SECRETS.merchant}-old`] }],
  transport: {
    proxy: `http://user:${SECRETS.proxy}@127.0.0.1:9`,
    tls: {
      cert: '-----BEGIN CERTIFICATE-----',
      key: `-----BEGIN PRIVATE KEY----- ${SECRETS.passphrase}`,
      passphrase: SECRETS.passphrase,
    },
  },
  outcomeQueue: new BullMqOutcomeQueue({ connection: { host: '127.0.0.1', port: 9, password: SECRETS.redis } }),
});

@Injectable()
class Fulfilment {
  @OnPayment()
  pay() {}
}

@Controller('own')
class PayController {
  @PaymentNotify('notify')
  receive(@NotifyPayload() _payment: PaymentNotification) {}
}

const registrations = [
  ['forRoot', () => Pass2PayModule.forRoot({ ...options(), notifyPath: 'pay/notify' })],
  ['forRootAsync', () => Pass2PayModule.forRootAsync({ notifyPath: 'pay/notify', useFactory: options })],
] as const;

describe.each(registrations)('an application with Nest’s snapshot, by %s', (_how, register) => {
  let app: INestApplicationContext;
  beforeAll(async () => {
    @Module({ imports: [register()], controllers: [PayController], providers: [Fulfilment] })
    class ShopModule {}
    // Not initialised: the queue has no server here.
    app = await NestFactory.create(ShopModule, { snapshot: true, logger: false, abortOnError: false });
  });
  afterAll(() => app.close());

  it('has the module in its graph, without a secret', () => {
    const graph = JSON.stringify(app.get(SerializedGraph).toJSON());
    expect(graph).toContain('Pass2PayModule');
    expect(graph).toContain('CashierService');
    expect(graph).not.toContain('CANARY');
  });

  it('shows no secret, whichever provider is printed or serialised', () => {
    const all = [...app.get(ModulesContainer).values()].filter(({ name }) => /Pass2Pay|Notify|Http/.test(name));
    const providers = all.flatMap((module) => [...module.providers]);
    expect(providers.length).toBeGreaterThan(30);
    const { container } = app as unknown as { container: object };
    const shown: [string, string][] = [['Nest’s container', inspect(container, { depth: 12 })]];
    // Several providers reach the container, with all that it holds: it is printed once.
    Object.assign(container, { [inspect.custom]: () => 'the container' });
    for (const [token, { instance }] of providers) {
      const name = String(typeof token === 'function' ? token.name : token);
      shown.push([name, inspect(instance, { depth: 12 })], [name, serialised(instance)]);
    }
    const showing = shown.flatMap(([name, text]) => (text.includes('CANARY') ? [name] : []));
    expect(showing).toEqual([]);
  });

  it('gives the options as they were all the same', () => {
    const given = app.get<Pass2PayOptions>(getPass2PayOptionsToken(), { strict: false });
    expect(given.merchants![0]!.secrets).toContain(SECRETS.merchant);
    expect(given.transport?.proxy).toContain(SECRETS.proxy);
  });
});

/** As JSON, leaving out what JSON cannot hold. */
function serialised(value: unknown): string {
  const seen = new WeakSet();
  const text = JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    if (typeof member !== 'object' || member === null) return member;
    if (seen.has(member)) return undefined;
    seen.add(member);
    return member;
  });
  return text ?? '';
}

it('Nest’s REPL starts, prints the services and no secret, and ends', async () => {
  const program = `
    import 'reflect-metadata';
    import { Module } from '@nestjs/common';
    import { repl } from '@nestjs/core';
    import { Pass2PayModule } from 'nestjs-pass2pay';
    class ShopModule {}
    Module({
      imports: [Pass2PayModule.forRoot({
        baseUrl: 'http://127.0.0.1:9',
        merchants: [{ mchNo: 'M1', appId: 'A1', secrets: '${SECRETS.merchant}' }],
        transport: { proxy: 'http://user:${SECRETS.proxy}@127.0.0.1:9' },
      })],
    })(ShopModule);
    const server = await repl(ShopModule);
    server.on('exit', () => process.exit(0));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  child.stdin.write('debug(Pass2PayModule)\n');
  child.stdin.write('require("node:util").inspect($(GatewayClient), { depth: 12 })\n');
  for (const name of ['CashierService', 'GatewayClient', 'NotifyVerifier', 'Reconciler', 'SecretRotation']) {
    child.stdin.write(`$(${name})\n`);
  }
  child.stdin.end('.exit\n');
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/CashierService \{/) });
  expect(output).not.toContain('CANARY');
});
