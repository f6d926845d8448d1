import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ReplayWork } from '../../lib/database/replay/replay-work.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const COMMAND = fileURLToPath(new URL('../../dist/command/main.js', import.meta.url));

const run = (...words: string[]) =>
  promisify(execFile)(process.execPath, [COMMAND, 'outcomes', ...words], { env: { ...process.env, DATABASE_URL: '' } });

// What each dialect decides is in outcomes.spec.ts.
for (const { need, url, open } of PLACES.filter((each) => each.need !== 'MariaDB')) {
  await describeWhere(need, `the command outcomes on ${need}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'pass2pay-outcomes-'));
    const address = url ?? join(folder, 'shop.db');
    let place: Place;
    let shops: Shops;
    let shop: Shop;
    let of: string[];

    beforeAll(async () => {
      place = open(address);
      shops = await Shops.open(place);
      shop = await shops.start({ databaseLimits: { sweepEveryMs: 86_400_000, maxAttempts: 1 } });
      of = ['--database-url', address, '--prefix', shops.tables.order.replace(/order$/, '')];
    });

    afterAll(async () => {
      await shops.close();
      await place.close();
      rmSync(folder, { recursive: true });
    });

    const sell = async (mchOrderNo: string) => {
      await shop.create(mchOrderNo);
      await shops.sandbox.pay(mchOrderNo);
      await shops.sandbox.advance(0);
    };

    it('lists what was given up, has it tried again by the running shop, and replayed', async () => {
      await sell('O1');
      shop.handler.does = () => {
        throw new Error('the warehouse\nis closed');
      };
      for (const number of ['O2', 'O3']) await sell(number);
      const { stdout } = await run('list', '--result', 'dead', '--limit', '1', ...of);
      const [names, first, more] = stdout.split('\n');
      expect(names).toMatch(/^RECEIVED +KEY +ORDER +AMOUNT +CURRENCY +RESULT +ATTEMPTS +DUE +ERROR$/);
      expect(first).toMatch(/Z +payment:\S+:2 +O3 +100 +cny +dead +1 +the warehouse is closed$/);
      const [, after] = /^More entries: --after (\d+)$/.exec(more!)!;
      const second = JSON.parse((await run('list', '--result', 'dead', '--after', after!, '--json', ...of)).stdout);
      expect(second).toMatchObject({ outcomes: [{ mchOrderNo: 'O2', result: 'dead' }] });

      shop.handler.does = () => undefined;
      expect((await run('retry', '--result', 'dead', ...of)).stdout).toMatch(
        /^Due now: 2 outcomes, 0 after-commit calls; a running process picks it up within/,
      );
      await shop.retry();
      expect((await shops.effects()).toSorted()).toEqual(['O1 2', 'O2 2', 'O3 2']);
      expect((await run('retry', '--result', 'dead', ...of)).stdout).toBe('Nothing to retry.\n');

      const { idempotencyKey: key } = second.outcomes[0] as { idempotencyKey: string };
      const reason = 'Ann: lost in the warehouse';
      const asked = await run('replay', '--key', key, '--reason', reason, ...of);
      expect(asked.stdout).toMatch(
        /^Replay \d+ of payment:\S+ is requested; a running process picks it up .*default 10 s\)\.\n$/,
      );
      await shop.app.get(ReplayWork, { strict: false }).sweep();
      expect((await shops.effects()).filter((effect) => effect === 'O2 2')).toHaveLength(2);
      const replays = (await run('list', '--replays', '--key', key, ...of)).stdout;
      expect(replays).toMatch(
        /^ID +REQUESTED .*\n\d+ +\S+Z +payment:\S+ +all +done +\S+Z +Ann: lost in the warehouse\n$/,
      );
      const again = await run('replay', '--key', key, '--reason', reason, '--handler', 'Fulfilment.settle', ...of);
      expect(again.stdout).toMatch(/It was replayed 1 time before\.\n$/);
      expect((await run('list', '--after-commit', '--status', 'dead', ...of)).stdout).toMatch(/^CREATED [^\n]*\n$/);
    });

    it('refuses to replay what was not applied', async () => {
      const words = ['--key', `payment:${DEFAULT_MERCHANT.mchNo}:P0:2`, '--reason', 'Ann', ...of];
      await expect(run('replay', ...words)).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^--key payment:\S+ does not exist in the outcome table/),
      });
    });
  });
}

const SOME = ['--database-url', 'postgres://u:secret@127.0.0.1:1/db'];

it.each([
  [[...SOME], /^Pass list, retry or replay/],
  [['list'], /^--database-url or the variable DATABASE_URL is required/],
  [['list', '--reason', 'x', ...SOME], /^list does not accept --reason/],
  [['retry', '--replays', ...SOME], /^--replays applies to list, not to retry/],
])('refuses %j', async (words, message) => {
  await expect(run(...words)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});

await describeWhere('libsql', 'the options of outcomes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-outcomes-'));
  const file = join(folder, 'shop.db');

  beforeAll(async () => {
    const place = PLACES.find(({ need }) => need === 'libsql')!.open(file);
    await ensureSchema(place.database);
    await place.close();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    [['list', '--result', 'open'], /^--result must be/],
    [['list', '--limit', 'x'], /^--limit must be a whole number/],
    [['retry'], /^retry requires a filter/],
    [['retry', '--handler', 'Mail.send', '--result', 'failed'], /^--handler selects after-commit work/],
    [['replay', '--key', 'payment:M1:P1:2'], /^--reason is required: who requested it, and why/],
  ])('are refused in the words of the command: %j', async (words, message) => {
    await expect(run(...words, '--database-url', file)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message),
    });
  });

  it('and an empty database has an empty list', async () => {
    const { stdout } = await run('list', '--json', '--database-url', file);
    expect(JSON.parse(stdout)).toEqual({ outcomes: [] });
  });
});
