import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Type } from '@nestjs/common';
import Libsql from 'libsql';
import { CashierService } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { expect, it } from '@jest/globals';
import { commandsOf, root, RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/data-protection.md');

it('a customer is found and forgotten, by the application and by the command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-privacy-'));
  const file = join(folder, 'shop.db');
  const connection = new Libsql(file);
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const { Privacy } = await page.load<{ Privacy: Type<{ erase(custNo: string): Promise<string> }> }>('class Privacy');
  const { app } = await startShop({ providers: [Privacy] }, { options: { database } });
  for (const [mchOrderNo, custNo] of [
    ['O1', 'C1'],
    ['O2', 'C2'],
  ] as const) {
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo, custNo });
  }

  const [setting, ...commands] = commandsOf(page.take('npx nestjs-pass2pay orders forget'));
  expect(setting).toMatch(/^export DATABASE_URL=postgres:/);
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const printed: string[] = [];
  for (const command of commands) {
    const [, name, ...words] = command.split(' ');
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, bin[name!]!), ...words], {
      env: { ...process.env, DATABASE_URL: file },
    });
    printed.push(stdout);
  }
  expect(printed[0]).toContain('mchOrderNo: O1\n');
  expect(printed[1]).toMatch(/^Erased: the data of 1 orders, 0 outcomes/);
  expect(await app.get(Privacy).erase('C1')).toMatch(/^0 orders/);
  expect(await app.get(Privacy).erase('C2')).toBe('1 orders and 0 outcomes; 0 are erased once they are handled');
  await app.close();
  connection.close();
  rmSync(folder, { recursive: true });
});

it('keepDays is an option', async () => {
  const { shorter } = await page.load<{ shorter: object }>('keepDays: 14');
  expect(shorter).toEqual({ keepDays: 14 });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
