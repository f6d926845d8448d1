import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { freePort } from '../free-port.js';
import { sellThrough } from '../sell-through.js';
import { ShopProcess } from './shop-process.js';

/** A sandbox gateway and a shop that uses it, both on free ports, with an empty database. */
export interface Scene {
  sandbox: Pass2PaySandbox;
  shopUrl: string;
  databaseFile: string;
  /** Kills the shop's process, and starts another one on the same file. */
  killAndRestart: () => Promise<void>;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'pass2pay-demo-'));
  const databaseFile = join(folder, 'shop.sqlite');
  const sandbox = await Pass2PaySandbox.start();
  // Nothing of this machine's own environment: the demo needs nothing but a file.
  const environment = { ...sellThrough(sandbox, await freePort()), SQLITE_FILE: databaseFile };
  let shop = await ShopProcess.start(environment);
  return {
    sandbox,
    shopUrl: environment.PUBLIC_URL,
    databaseFile,
    async killAndRestart() {
      await shop.kill();
      shop = await ShopProcess.start(environment);
    },
    async close() {
      await shop.kill();
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
