import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import * as library from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { pgDatabase } from 'nestjs-pass2pay/database/pg';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import * as testing from 'pass2pay-sandbox/testing';
import type pg from 'pg';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { startApp } from '../support/nest-app.js';
import { root, RunDocument } from './support/document.js';
import { withPostgres } from './support/sell.js';
import { ORDER } from './support/shop.js';

const page = new RunDocument('docs/assistants.md');

await describeWhere('PostgreSQL', 'the module that assistants are to write', () => {
  it('handles how orders end', () =>
    withPostgres(async () => {
      const sandbox = await testing.startTestSandbox({ notifyPath: '/pay/notify' });
      Object.assign(process.env, sandbox.environment);
      const { PayModule, pool } = await page.load<{ PayModule: Type; pool: pg.Pool }>('class PayModule');
      await ensureSchema(pgDatabase(pool));
      await pool.query("CREATE TABLE orders (no TEXT, state TEXT DEFAULT 'open')");
      await pool.query("INSERT INTO orders (no) VALUES ('O1'), ('O2')");
      const imports = [PayModule, Pass2PaySandboxModule.register(sandbox)];
      const { app }: { app: INestApplication } = await startApp({ imports }, { rawBody: true });
      for (const mchOrderNo of ['O1', 'O2'])
        await app.get(library.CashierService, { strict: false }).createOrder({ ...ORDER, mchOrderNo });
      await sandbox.gateway.pay('O1');
      await sandbox.gateway.close('O2');
      for (const mchOrderNo of ['O1', 'O2'])
        expect(await sandbox.gateway.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
      expect((await pool.query('SELECT no, state FROM orders ORDER BY no')).rows).toEqual([
        { no: 'O1', state: 'paid' },
        { no: 'O2', state: 'closed' },
      ]);
      await app.close();
      await pool.end();
    }));
});

it('the names that it says exist do', () => {
  const [, list] = /## Names that exist\n\n([^]*)/.exec(readFileSync(join(root, 'docs', 'assistants.md'), 'utf8'))!;
  const names = Array.from(list!.matchAll(/`@?(\w+)`/g), ([, name]) => name!);
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !(name in library) && !(name in testing))).toEqual([]);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
