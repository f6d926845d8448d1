import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { Fulfilment, ShopModule } from './shop.js';

/** Prints a line for each platform that was asked for: its name and `ok`, or what went wrong. */
async function main([besides, ...platforms]: string[]): Promise<void> {
  for (const platform of platforms) {
    const fault = await sell(platform, besides === 'beside').then(
      () => undefined,
      (error: unknown) => String(error instanceof Error ? error.stack : error),
    );
    console.log(JSON.stringify({ platform, ok: fault === undefined, fault }));
  }
}

async function sell(platform: string, hasBeside: boolean): Promise<void> {
  const beside = hasBeside ? await import('./beside.js') : undefined;
  const sandbox = await Pass2PaySandbox.start();
  let app: INestApplication | undefined;
  try {
    const shop = ShopModule.with(sandbox.url, beside?.modules ?? []);
    const options = { logger: false, abortOnError: false, rawBody: true } as const;
    app =
      platform === 'fastify'
        ? await NestFactory.create(shop, new FastifyAdapter(), options)
        : await NestFactory.create(shop, options);
    beside?.use(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    await sellThrough({ url, notifyPath: '/pay/notify', mchOrderNo: 'C1' }, sandbox, app.get(Fulfilment));
    await sellThrough({ url, notifyPath: '/built-in/notify', mchOrderNo: 'C2' }, sandbox, app.get(Fulfilment));
  } finally {
    await app?.close();
    await sandbox.stop();
  }
}

async function sellThrough(
  { url, notifyPath, mchOrderNo }: { url: string; notifyPath: string; mchOrderNo: string },
  sandbox: Pass2PaySandbox,
  { paid }: Fulfilment,
): Promise<void> {
  const notifyUrl = url + notifyPath;
  const before = paid.length;
  const order = { mchOrderNo, amount: 10_031, registerTime: 1_622_016_572_190, custNo: 'C200492312' };
  const made = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...order, notifyUrl }),
  });
  const { cashierUrl } = (await made.json()) as { cashierUrl?: string };
  check(made.status === 201 && cashierUrl !== undefined, `the order was answered with ${made.status}`);
  check(sandbox.order(mchOrderNo)?.amount === 10_031, 'the gateway has no such order');

  await sandbox.pay(mchOrderNo);
  await sandbox.notifySettled(mchOrderNo);
  const [notify] = sandbox.notifyAttempts(mchOrderNo);
  check(
    notify?.response === 'success',
    `the notify to ${notifyPath} was answered with ${notify?.response ?? notify?.error}`,
  );
  check(paid.slice(before).join() === mchOrderNo, `paid is ${paid.join()}`);

  const forged = await fetch(notifyUrl, {
    method: 'POST',
    headers: { ...notify!.headers },
    body: notify!.body.replace('amount=10031', 'amount=10032'),
  });
  check(forged.status === 401, `the forged notify was answered with ${forged.status}`);
  check(paid.length === before + 1, 'the forged notify was handled');

  // A fault with its class: one copy of the package, and class-validator's rules in force.
  const wrong = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...order, amount: 0.5 }),
  });
  check(wrong.status === 400, `a wrong order was answered with ${wrong.status}`);
}

function check(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new Error(fault);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
