import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Type } from '@nestjs/common';
import Libsql from 'libsql';
import { CashierService, Pass2PayOutcomes, type StoredOutcome } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { expect, it } from '@jest/globals';
import { commandsOf, root, RunDocument } from './support/document.js';
import { until } from '../proof/support/until.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/outcomes.md');

interface BackOffice {
  dead(): AsyncGenerator<StoredOutcome>;
  tryAgain(mchOrderNo: string): Promise<number>;
  replay(idempotencyKey: string, who: string): Promise<number>;
}

it('outcomes are listed, retried and replayed by the command, and by the application', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-outcomes-'));
  const file = join(folder, 'shop.db');
  const connection = new Libsql(file);
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const office = await page.load<{ BackOffice: Type<BackOffice> }>('class BackOffice');
  const { Labels, Warehouse } = await page.load<{ Labels: Type; Warehouse: Type }>('class Labels');
  const labels: string[] = [];
  const stock: string[] = [];
  let isClosed = true;
  const warehouse = {
    printLabel: async (mchOrderNo: string) => {
      if (isClosed) throw new Error('the warehouse is closed');
      labels.push(mchOrderNo);
    },
    takeFromStock: async (mchOrderNo: string) => void stock.push(mchOrderNo),
  };
  const { app, gateway } = await startShop(
    { providers: [Labels, office.BackOffice, { provide: Warehouse, useValue: warehouse }] },
    {
      // Nothing is sent again by itself: what is dead stays so until it is retried.
      sandbox: { clock: 'stepped' },
      options: { database, databaseLimits: { maxAttempts: 1, sweepEveryMs: 10 }, notifyPath: 'pay/notify' },
    },
  );
  for (const mchOrderNo of ['O1', 'O2']) {
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo });
    await gateway.pay(mchOrderNo);
  }

  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const run = async (command: string, key = '') => {
    const [npx, name, ...words] = command.match(/"[^"]+"|\S+/g)!.map((word) => word.replaceAll('"', ''));
    expect([npx, name]).toEqual(['npx', 'nestjs-pass2pay']);
    const given = words.map((word) => word.replace(/^payment:.*/, key));
    const env = { ...process.env, DATABASE_URL: file };
    return (await promisify(execFile)(process.execPath, [join(root, bin[name!]!), ...given], { env })).stdout;
  };
  const outcomes = app.get(Pass2PayOutcomes);
  const ends = (mchOrderNo: string, result: string) => async () =>
    (await outcomes.list({ mchOrderNo })).outcomes[0]?.result === result;
  const areReplayed = (count: number) => async () =>
    (await outcomes.listReplays({ status: 'done' })).replays.length === count;

  await until(ends('O1', 'dead'), 'O1 is given up');
  await until(ends('O2', 'dead'), 'O2 is given up');
  isClosed = false;
  const [setting, list, retry] = commandsOf(page.take('outcomes retry --result dead'));
  expect(setting).toMatch(/^export DATABASE_URL=postgres:/);
  expect(await run(list!)).toMatch(/^RECEIVED.*\n.* O2 .* dead .*the warehouse is closed\n.* O1 .* dead /);
  const backOffice = app.get(office.BackOffice);
  const dead: string[] = [];
  for await (const { mchOrderNo } of backOffice.dead()) dead.push(mchOrderNo);
  expect(dead).toEqual(['O2', 'O1']);
  expect(await backOffice.tryAgain('O1')).toBe(1);
  await until(ends('O1', 'applied'), 'O1 is applied');
  expect(await run(retry!)).toMatch(/^Due now: 1 outcomes/);
  await until(ends('O2', 'applied'), 'O2 is applied');
  expect([labels, stock]).toEqual([
    ['O1', 'O2'],
    ['O1', 'O2'],
  ]);

  const [replay] = commandsOf(page.take('outcomes replay'));
  const key = (await outcomes.list({ mchOrderNo: 'O1' })).outcomes[0]!.idempotencyKey;
  expect(await run(replay!, key)).toMatch(/^Replay 1 of payment:/);
  await until(areReplayed(1), 'the first replay');
  expect(await backOffice.replay(key, 'Ann')).toBe(2);
  await until(areReplayed(2), 'the second replay');
  expect([labels, stock]).toEqual([
    ['O1', 'O2', 'O1', 'O1'],
    ['O1', 'O2'],
  ]);
  await app.close();
  connection.close();
  rmSync(folder, { recursive: true });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
