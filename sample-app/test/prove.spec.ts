import { expect, test } from '@jest/globals';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { proveNotifyUrl } from 'pass2pay-sandbox/testing';
import { HeldPort } from '../../test/support/held-port.js';
import { sqliteDatabase } from './support/databases.js';
import { RunningShop } from './support/running-shop.js';

test('the shop’s notify route is proven, without a false alarm', async () => {
  const sandbox = await Pass2PaySandbox.start();
  const database = await sqliteDatabase();
  const port = await HeldPort.take();
  let shop = await RunningShop.open(sandbox, database, port);
  try {
    const proof = await proveNotifyUrl({
      notifyUrl: `${shop.url}/pay/notify`,
      sandbox,
      orders: () => shop.order(),
      count: async (no) => (await shop.outcomes(no)).filter((outcome) => outcome === 'Success').length,
      async restart() {
        await shop.close();
        shop = await RunningShop.open(sandbox, database, port);
      },
      times: { quietMs: 1 },
    });
    expect(proof.findings).toEqual([]);
    expect(proof.counts).toMatchObject({ failed: 0, skipped: 1 });
  } finally {
    await shop.close();
    await port.release();
    await sandbox.stop();
    await database.drop();
  }
});
