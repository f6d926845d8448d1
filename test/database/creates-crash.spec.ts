// Creates whose process ends, whose response is lost, or whose result cannot be written.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { Pass2PayOrderConflictError, Pass2PayOutcomeUnknownError } from '../../lib/errors/pass2pay.errors.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type ApiFault } from '../../sandbox/index.js';
import type { CreatingOrder } from './support/creating-process.js';
import { Creator, type CreateKind, type Death } from './support/creator.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const MERCHANT = { mchNo, appId, secrets: secret };

const KINDS: readonly CreateKind[] = ['cashier', 'payment', 'transfer'];

const program = fileURLToPath(new URL('./support/creating-process.ts', import.meta.url));
const typescript = new URL('../redis/support/typescript.mjs', import.meta.url).href;

for (const { need, url, open } of PLACES) {
  await describeWhere(need, `creates that are cut off, on ${need}`, () => {
    let folder: string;
    let databaseUrl: string;
    let place: Place;
    let prefix: string;
    let tables: Tables;
    let sandbox: Pass2PaySandbox;
    let orders = 0;
    let no: string;
    const creators: Creator[] = [];

    beforeAll(async () => {
      Logger.overrideLogger(false);
      folder = await mkdtemp(join(tmpdir(), 'pass2pay-creates-'));
      databaseUrl = url ?? join(folder, 'shop.db');
      place = open(databaseUrl);
      prefix = `k${randomBytes(5).toString('hex')}_`;
      await ensureSchema(place.database, { prefix });
      tables = tablesOf({ prefix });
      sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await sandbox.stop();
      await place.close();
      await rm(folder, { recursive: true });
    });

    beforeEach(() => {
      no = `O${++orders}.`;
    });

    afterEach(async () => {
      sandbox.clearFaults();
      for (const creator of creators.splice(0)) await creator.close();
    });

    const process = (database = place.database) => {
      const creator = new Creator(database, tables, MERCHANT, {
        baseUrl: sandbox.url,
        timeoutMs: 5_000,
        circuitBreaker: { failures: 1_000, halfOpenAfterMs: 1_000 },
      });
      creators.push(creator);
      return creator;
    };

    const endLeases = async () =>
      place.database.execute(
        `UPDATE ${tables.order} SET creating_until = 1 WHERE mch_order_no = ? AND creating_until > 1`,
        [no],
      );

    const atGateway = (kind: CreateKind) => (kind === 'transfer' ? sandbox.transfer(no) : sandbox.order(no));

    const creates = () =>
      sandbox.requests.filter(({ endpoint, body }) => !/query/i.test(endpoint ?? '') && body.includes(`"${no}"`))
        .length;

    it.each<[Death, number]>([
      ['before sending', 0],
      ['before the result is written', 1],
    ])('with their process %s are followed up by another one, and made once', async (death, sent) => {
      for (const kind of KINDS) {
        no = `${kind}-${no}`;
        const dead = process();
        const isDead = dead.dies(death);
        void dead.create(kind, no);
        await isDead;
        expect(creates()).toBe(sent);
        const row = (await process().find(kind, no))!;
        expect(row).toMatchObject({ status: 'creating', nextCheckAt: expect.any(Date) });
        await endLeases();
        expect(await process().create(kind, no)).toMatchObject({ recovered: sent === 1 });
        expect(creates()).toBe(1);
        expect(await process().find(kind, no)).toMatchObject({ status: 'created', amount: 100 });
      }
    });

    it('by SIGKILL while the gateway has the create are found, and not sent again', async () => {
      const child = fork(program, [], { execArgv: ['--import', typescript] });
      try {
        await Promise.race([once(child, 'message'), ends(child)]);
        sandbox.inject({ kind: 'lost', mchOrderNo: no });
        const isCarriedOut = requestArrives(sandbox);
        const order: CreatingOrder = {
          databaseUrl,
          prefix,
          merchant: MERCHANT,
          gatewayUrl: sandbox.url,
          kind: 'payment',
          mchOrderNo: no,
        };
        child.send(order);
        await Promise.race([isCarriedOut, ends(child)]);
      } finally {
        child.kill('SIGKILL');
        if (child.exitCode === null) await once(child, 'exit');
      }
      const creator = process();
      expect(await creator.find('payment', no)).toMatchObject({ status: 'creating', amount: 100, currency: 'cny' });
      await endLeases();
      expect(await creator.create('payment', no)).toMatchObject({ recovered: true });
      expect(creates()).toBe(1);
    });

    it('by a database that does not take their result end well, with a warning, and are found later', async () => {
      const shop = process(failing(place.database, / SET status = 'created'/));
      const made = await shop.create('cashier', no);
      expect(shop.warnings).toEqual([
        `The result of the create of ${no} (created) could not be stored: the disk is full`,
      ]);
      expect(await shop.find('cashier', no)).toMatchObject({ status: 'creating', nextCheckAt: expect.any(Date) });
      await endLeases();
      expect(await process().create('cashier', no)).toMatchObject({ mchOrderNo: made.mchOrderNo, recovered: true });
    });

    it('by a database that does not take their row send nothing', async () => {
      const shop = process(failing(place.database, /^INSERT INTO/));
      await expect(shop.create('cashier', no)).rejects.toThrow('the disk is full');
      expect(creates()).toBe(0);
    });

    it('are made once for one number, and never reported as failed where they exist, whatever comes between', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...KINDS),
          fc.array(stepArbitrary, { minLength: 1, maxLength: 6 }),
          async (kind, steps) => {
            no = `P${++orders}.`;
            const creator = process();
            for (const step of steps) await take(step, kind, creator);
            sandbox.clearFaults();
            await endLeases();
            // Whatever has happened, the next call makes it, or finds it.
            const made = await creator.create(kind, no);
            const stored = atGateway(kind)!;
            expect('transferId' in made ? made.transferId : made.payOrderId).toBe(
              'transferId' in stored ? stored.transferId : stored.payOrderId,
            );
            expect(await creator.find(kind, no)).toMatchObject({ status: 'created', amount: stored.amount });
            await creator.close();
            creators.splice(creators.indexOf(creator), 1);
          },
        ),
        { numRuns: 25 },
      );
    });

    /** One thing that happens to the order, and what must hold right after it. */
    async function take(step: Step, kind: CreateKind, creator: Creator): Promise<void> {
      sandbox.clearFaults();
      await endLeases();
      for (const fault of step.faults) sandbox.inject({ ...fault, mchOrderNo: no } as ApiFault);
      if (step.death !== undefined) {
        const isDead = creator.dies(step.death);
        // Where an earlier create's response is given out, there is nothing to die in.
        await Promise.race([isDead, creator.create(kind, no).catch(() => undefined)]);
        creator.survives();
        return;
      }
      const calls = Array.from({ length: step.callers }, () => creator.create(kind, no));
      for (const { status, ...end } of await Promise.allSettled(calls)) {
        const stored = atGateway(kind);
        if (status === 'fulfilled') expect(stored).toBeDefined();
        else if (!((end as PromiseRejectedResult).reason instanceof Pass2PayOutcomeUnknownError)) {
          expect((end as PromiseRejectedResult).reason).not.toBeInstanceOf(Pass2PayOrderConflictError);
          // With several callers, one may be refused and the next one make it.
          if (step.callers === 1) expect(stored).toBeUndefined();
        }
      }
      const row = await creator.find(kind, no);
      if (atGateway(kind) !== undefined) expect(['created', 'unknown']).toContain(row?.status);
      if (row?.status === 'created') expect(atGateway(kind)).toBeDefined();
    }
  });
}

interface Step {
  /** What strikes the next requests, one after the other. */
  faults: Pick<ApiFault, 'kind'>[];
  callers: number;
  death: Death | undefined;
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  faults: fc.array(
    fc.constantFrom<Pick<ApiFault, 'kind'>>(
      { kind: 'reset-before' },
      { kind: 'reset-after' },
      { kind: 'error-after-store' },
      { kind: 'already-exists' },
      { kind: 'rate-limit' },
      { kind: 'bad-signature' },
      { kind: 'http-500' },
    ),
    { maxLength: 3 },
  ),
  callers: fc.constantFrom(1, 1, 2),
  death: fc.constantFrom(undefined, undefined, 'before sending', 'before the result is written'),
});

/** Resolves when the gateway has carried out the next request. */
async function requestArrives(sandbox: Pass2PaySandbox): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = sandbox.journal.subscribe(({ type }) => {
      if (type !== 'request') return;
      stop();
      resolve();
    });
  });
}

async function ends(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The creating process has ended with ${code}`);
}

/** A database that refuses statements of a form. */
function failing(database: SqlDatabase, statements: RegExp): SqlDatabase {
  const passes = (sql: string) => {
    if (statements.test(sql)) throw new Error('the disk is full');
  };
  return {
    dialect: database.dialect,
    execute: async (sql, params) => {
      passes(sql);
      return database.execute(sql, params);
    },
    begin: async (limits) => {
      const transaction = await database.begin(limits);
      return {
        tx: transaction.tx,
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
        execute: async (...statement) => {
          passes(statement[0]);
          return transaction.execute(...statement);
        },
      };
    },
  };
}
