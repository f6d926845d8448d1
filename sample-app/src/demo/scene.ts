import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { freePort } from '../free-port.js';
import { sellThrough } from '../sell-through.js';
import { createShop } from '../shop.js';

/** A sandbox gateway and a shop that uses it, both on free ports, with an empty database. */
export interface Scene {
  sandbox: Pass2PaySandbox;
  shopUrl: string;
  databaseFile: string;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'pass2pay-demo-'));
  const databaseFile = join(folder, 'shop.sqlite');
  const sandbox = await Pass2PaySandbox.start();
  const port = await freePort();
  const shopUrl = sellThrough(sandbox, port);
  // Whatever this machine has: the demo needs nothing but a file.
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'SHOP_MODE']) delete process.env[name];
  process.env.SQLITE_FILE = databaseFile;
  const shop = await createShop({ logger: false });
  await shop.listen(port, '127.0.0.1');
  return {
    sandbox,
    shopUrl,
    databaseFile,
    async close() {
      await shop.close();
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
