// The sandbox gateway and the shop, to try them by hand.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { freePort } from './free-port.js';
import { sellThrough } from './sell-through.js';
import { createShop } from './shop.js';

const SHOP_PORT = 3000;
const SANDBOX_PORT = 4000;

const sandbox = await Pass2PaySandbox.start({
  port: await freePort(SANDBOX_PORT),
  merchants: [{ ...DEFAULT_MERCHANT, name: 'The Tea House' }],
});
const port = await freePort(SHOP_PORT);
const environment = sellThrough(sandbox, port);
Object.assign(process.env, environment);
process.env.SQLITE_FILE ||= join(import.meta.dirname, '../data/shop.sqlite');
const isOwnPassword = Boolean(process.env.SHOP_ADMIN_PASSWORD);
process.env.SHOP_ADMIN_PASSWORD ||= randomBytes(12).toString('base64url');

const shop = await createShop({ logger: ['warn', 'error', 'fatal'] });
await shop.listen(port, '127.0.0.1');
// Only what happens from now on is worth a line.
Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);

console.log(`
  Shop      ${environment.PUBLIC_URL}
  Merchant  ${environment.PUBLIC_URL}/merchant/orders (any user, password ${isOwnPassword ? 'SHOP_ADMIN_PASSWORD' : process.env.SHOP_ADMIN_PASSWORD})
  Gateway   ${sandbox.url} (sandbox with a dashboard; forgets its orders when it stops)
  Orders    ${process.env.DATABASE_URL ? 'in PostgreSQL (DATABASE_URL)' : process.env.SQLITE_FILE}

  Open the shop, buy something, and pay on the cashier page.
  Ctrl-C stops both.
`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);

function stop(): void {
  void shop.close().then(() => sandbox.stop());
}
