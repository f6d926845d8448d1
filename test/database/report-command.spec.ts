import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { insertOrder } from '../../lib/database/orders/insert-order.js';
import { OutcomeTable } from '../../lib/database/outcomes/outcome-table.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const COMMAND = fileURLToPath(new URL('../../dist/command/main.js', import.meta.url));
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const DAY = ['--from', '2026-11-25', '--to', '2026-11-26'];

interface Running {
  env?: NodeJS.ProcessEnv;
  node?: string[];
}

const run = (words: string[], { env = {}, node = [] }: Running = {}) =>
  promisify(execFile)(process.execPath, [...node, COMMAND, 'report', ...words], {
    env: { ...process.env, DATABASE_URL: '', ...env },
  });

/** Midnight of the 25th in China, in ms since 1970. */
const MIDNIGHT = Date.UTC(2026, 10, 24, 16);

function paid(no: string, change: Partial<PaymentOrder> = {}) {
  const fields = { mchNo: 'M1', appId: 'A1', mchOrderNo: no, payOrderId: `P${no}`, amount: 10_031, currency: 'CNY' };
  return outcomeEvent(Object.assign(new PaymentOrder(), { ...fields, state: 2 }, change), 'notify');
}

for (const { need, url, open } of PLACES) {
  await describeWhere(need, `the command report on ${need}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'pass2pay-report-'));
    const file = join(folder, 'shop.db');
    const address = url ?? file;
    const prefix = `c${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    const of = ['--database-url', address, '--prefix', prefix];
    let place: Place;

    beforeAll(async () => {
      place = open(address);
      await ensureSchema(place.database, { prefix });
      const table = new OutcomeTable(place.database.dialect, tables, '');
      const made = { kind: 'payment', mchNo: 'M1', appId: 'A1', amount: 10_031, currency: 'cny' } as const;
      const create = (mchOrderNo: string, status: 'created' | 'unknown') =>
        insertOrder(place.database, tables, '', { ...made, mchOrderNo, status });
      const receive = (event: ReturnType<typeof paid>, at: number) =>
        inTransaction(place.database, LIMITS, (own) => table.receive(own, event, at));
      for (const no of ['O1', 'O2', 'O3', '=1+1,"x"']) await create(no, 'created');
      await create('O4', 'unknown');
      await receive(paid('O1'), MIDNIGHT);
      await receive(paid('O1'), MIDNIGHT);
      await receive(paid('O2'), MIDNIGHT + 86_399_999);
      await receive(paid('O3'), MIDNIGHT + 86_400_000);
      await receive(paid('=1+1,"x"', { amount: 7 }), MIDNIGHT + 5);
      await place.database.execute(`UPDATE ${tables.order} SET created_at = ${MIDNIGHT}`);
    });

    afterAll(async () => {
      for (const name of Object.values(tables)) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
      rmSync(folder, { recursive: true });
    });

    it('prints CSV, and reads beside transactions that have locked all rows', async () => {
      const locking = need === 'libsql' ? undefined : await place.database.begin(LIMITS);
      for (const name of [tables.order, tables.outcome]) await locking?.execute(`SELECT * FROM ${name} FOR UPDATE`);
      // PostgreSQL would refuse to write.
      const running = run([...of, ...DAY], {
        env: { PGOPTIONS: '-c default_transaction_read_only=on -c lock_timeout=1' },
      });
      await Promise.allSettled([running]);
      await locking?.rollback();
      const { stdout, stderr } = await running;
      expect(stderr).toBe('');
      expect(stdout.split('\r\n')).toEqual([
        'record,line,kind,currency,count,sum,mchNo,appId,mchOrderNo,gatewayId,gatewayState,lastApplied,amount,since',
        'total,applied,payment,cny,2,20062,,,,,,,,',
        'total,late,payment,cny,0,0,,,,,,,,',
        'total,duplicates,payment,cny,1,10031,,,,,,,,',
        'total,stale,payment,cny,0,0,,,,,,,,',
        'total,refunded,payment,cny,0,0,,,,,,,,',
        'total,mismatched,payment,cny,1,7,,,,,,,,',
        'total,toApply,payment,cny,0,0,,,,,,,,',
        'total,dead,payment,cny,0,0,,,,,,,,',
        'order,create-unknown,payment,cny,,,M1,A1,O4,,,,10031,2026-11-24T16:00:00.000Z',
        `order,mismatch,payment,cny,,,M1,A1,"'=1+1,""x""","P=1+1,""x""",2,,7,2026-11-24T16:00:00.005Z`,
        '',
      ]);
    });

    it('prints one JSON document, by the variable DATABASE_URL', async () => {
      const period = ['--from', '2026-11-25T00:00+08:00', '--to', '2026-11-25T16:00:00Z', '--mch-no', 'M1'];
      const { stdout } = await run(['--prefix', prefix, ...period, '--json'], { env: { DATABASE_URL: address } });
      expect(JSON.parse(stdout)).toMatchObject({
        from: '2026-11-24T16:00:00.000Z',
        to: '2026-11-25T16:00:00.000Z',
        mchNo: 'M1',
        totals: [{ kind: 'payment', currency: 'cny', applied: { count: 2, sum: '20062' } }],
        orders: [
          { reason: 'create-unknown', mchOrderNo: 'O4' },
          { reason: 'mismatch', amount: 7 },
        ],
      });
    });

    it('is empty of a day without outcomes, and warns of names that the table does not have', async () => {
      const quiet = await run([...of, '--from', '2026-10-01', '--to', '2026-10-02', '--json']);
      expect([JSON.parse(quiet.stdout), quiet.stderr]).toMatchObject([{ totals: [], orders: [] }, '']);
      const { stdout, stderr } = await run([...of, ...DAY, '--instance', 'eu', '--mch-no', 'M2']);
      expect(stdout.split('\r\n')).toHaveLength(2);
      expect(stderr).toBe(
        'Warning: the table has no orders of the instance eu and of --mch-no M2; check --instance and --mch-no.\n',
      );
    });

    it('says that the tables are missing', async () => {
      await expect(run(['--database-url', address, '--prefix', 'nobodys_', ...DAY])).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /^report failed: the database does not contain the module's tables; apply what .* pass --schema and --prefix as in the option databaseTables\.\n$/,
        ),
      });
    });

    if (need === 'libsql') {
      it('opens an SQLite file by each of its names with each driver, and changes nothing in it', async () => {
        const before = readFileSync(file);
        const names = [file, `sqlite:${file}`, `sqlite://${file}`, pathToFileURL(file).href, `file:${file}`];
        const without = [[], missing('better-sqlite3')];
        for (const [index, name] of names.entries()) {
          const { stdout } = await run(['--database-url', name, '--prefix', prefix, ...DAY], {
            node: without[index % 2],
          });
          expect(stdout).toContain('total,applied,payment,cny,2,20062,');
        }
        expect(readFileSync(file).equals(before)).toBe(true);
      });
    }

    if (need === 'MariaDB') {
      it('needs the right to read only', async () => {
        const user = `r${randomBytes(5).toString('hex')}`;
        await place.database.execute(`CREATE USER ${user} IDENTIFIED BY 'p@ss'`);
        for (const name of Object.values(tables)) await place.database.execute(`GRANT SELECT ON ${name} TO ${user}`);
        const ownUrl = Object.assign(new URL(address), { protocol: 'mariadb:', username: user, password: 'p@ss' });
        const { stdout } = await run(['--database-url', ownUrl.href, '--prefix', prefix, ...DAY]);
        await place.database.execute(`DROP USER ${user}`);
        expect(stdout).toContain('total,applied,payment,cny,2,20062,');
      });
    }
  });
}

/** Node's options with which packages are not found. */
function missing(...names: string[]): string[] {
  const hooks = `export async function resolve(name, context, next) {
    if (!${JSON.stringify(names)}.includes(name)) return next(name, context);
    throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  return ['--import', dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`)];
}

it('says how it is used', async () => {
  expect((await run(['--help'])).stdout).toMatch(/^Usage: nestjs-pass2pay report --database-url/);
});

const SOME = ['--database-url', 'postgres://u:secret@127.0.0.1:1/db'];

it.each([
  [[...DAY], /^--database-url or the variable DATABASE_URL is required/],
  [[...SOME, '--to', '2026-11-26'], /^--from is required: a date or a time, e\.g\. 2026-11-25/],
  [[...SOME, '--from', '2026-02-30', '--to', '2026-11-26'], /^--from 2026-02-30 is not a date or a time/],
  [[...SOME, '--from', '2026-11-26', '--to', '2026-11-26'], /^--to must be after --from/],
  [[...SOME, ...DAY, '--mch-no', ''], /^--mch-no is empty/],
  [[...SOME, ...DAY, '--prefix', 'a-b'], /^--prefix must have up to 40 letters/],
  [[...SOME, ...DAY, '--force'], /^Unknown option '--force'/],
  [['--database-url', 'oracle://db', ...DAY], /^--database-url starts with oracle:, which is not supported/],
  [['--database-url', 'postgres://u:secret@[', ...DAY], /^--database-url is not a valid URL; write special characters/],
  [['--database-url', '/nowhere/shop.db', ...DAY], /^The file \/nowhere\/shop\.db in --database-url cannot/],
])('refuses %j', async (words, message) => {
  const error = await run(words).catch((thrown: unknown) => thrown as { code: number; stderr: string });
  expect(error).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  expect((error as { stderr: string }).stderr).not.toContain('secret');
});

it('fails where the database cannot be reached', async () => {
  for (const scheme of ['postgres', 'mysql']) {
    await expect(run(['--database-url', `${scheme}://u:secret@127.0.0.1:1/db`, ...DAY])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^report failed: the database in --database-url cannot be read: connect ECONNREFUSED 127\.0\.0\.1:1\.\n$/,
      ),
    });
  }
});

it.each([
  ['postgresql://127.0.0.1/db', ['pg'], /requires the driver pg, which is not installed; run "npm install pg"/],
  ['mariadb://127.0.0.1/db', ['mysql2/promise'], /requires the driver mysql2, which is not installed/],
  [COMMAND, ['better-sqlite3', 'libsql'], /no driver for it is installed; run "npm install better-sqlite3"/],
])('says what to install for %s', async (address, packages, message) => {
  // Newer versions of Node have a driver of SQLite themselves.
  const hidden = [...missing(...packages), '--import', 'data:text/javascript,process.getBuiltinModule=undefined'];
  await expect(run(['--database-url', address, ...DAY], { node: hidden })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(message),
  });
});
