import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Injectable, type Type } from '@nestjs/common';
import Libsql from 'libsql';
import { CashierService, OnPayment, OrderState } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { expect, it } from '@jest/globals';
import { commandsOf, root, RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/reports.md');
const text = readFileSync(join(root, 'docs/reports.md'), 'utf8');

interface Closed {
  applied: { kind: string; currency: string; count: number; sum: bigint }[];
  open: string[];
}

@Injectable()
class Fulfilment {
  @OnPayment(OrderState.Success)
  settle({ mchOrderNo }: { mchOrderNo: string }) {
    if (mchOrderNo === 'O2') throw new Error('the warehouse is closed');
  }
}

it('the day is closed by the application, and by the command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-books-'));
  const file = join(folder, 'shop.db');
  const connection = new Libsql(file);
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const { Books } = await page.load<{ Books: Type<{ close(from: Date, to: Date): Promise<Closed> }> }>('class Books');
  const { app, gateway } = await startShop(
    { providers: [Fulfilment, Books] },
    { options: { database, notifyPath: 'pay/notify' } },
  );
  for (const mchOrderNo of ['O1', 'O2']) {
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo });
    await gateway.pay(mchOrderNo);
  }
  // Until the gateway tells neither of them any more.
  await gateway.advance(900_000);
  for (const no of ['O1', 'O2']) await gateway.notifySettled(no);
  const now = Date.now();
  const closed = await app.get(Books).close(new Date(now - 3_600_000), new Date(now + 3_600_000));
  expect(closed).toEqual({
    applied: [{ kind: 'payment', currency: 'cny', count: 1, sum: 10_031n }],
    open: ['O2: not-applied'],
  });

  const [setting, command] = commandsOf(page.take('npx nestjs-pass2pay report'));
  expect(setting).toMatch(/^export DATABASE_URL=postgres:/);
  // The day of the test, as the gateway's local time has it.
  const dayOf = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
  const [, name, ...words] = command!
    .replace(/ >.*/, '')
    .replace(/--from \S+ --to \S+/, `--from ${dayOf(now - 86_400_000)} --to ${dayOf(now + 86_400_000)}`)
    .split(' ');
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, bin[name!]!), ...words], {
    env: { ...process.env, DATABASE_URL: file },
  });
  const [names, ...records] = stdout.trimEnd().split('\r\n');
  expect(records).toContain('total,applied,payment,cny,1,10031,,,,,,,,');
  expect(records).toContainEqual(expect.stringMatching(/^order,not-applied,payment,cny,,,.*,O2,.*,2,,10031,/));
  // All that it prints is in the document.
  const lines = records.map((record) => record.split(',')[1]!);
  for (const word of new Set([...names!.split(','), ...lines])) {
    expect(['mchNo', 'appId', 'mchOrderNo', 'gatewayId'].includes(word) || text.includes(`\`${word}\``)).toBe(true);
  }
  connection.close();
  rmSync(folder, { recursive: true });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
