import { beforeEach, describe, expect, it } from '@jest/globals';
import { takeTurns, turnsOf } from '../../../lib/database/adapters/shared-runner.js';
import { errorOf } from '../support/scripted-driver.js';

let steps: string[];
let refusal: Error | undefined;
beforeEach(() => {
  steps = [];
  refusal = undefined;
});

/** TypeORM's QueryRunner of SQLite: it counts nested transactions, and fails where the test says so. */
class Runner {
  transactionDepth: number | undefined = 0;
  failure: Error | undefined;

  async query(sql: string, params: unknown[] = []): Promise<unknown> {
    this.step([sql, ...params].join(' '));
    return `result of ${sql}`;
  }
  async startTransaction(isolation = 'default'): Promise<void> {
    this.step(`begin ${isolation}`);
    this.transactionDepth!++;
  }
  async commitTransaction(): Promise<void> {
    this.step('commit');
    this.transactionDepth!--;
  }
  async rollbackTransaction(): Promise<void> {
    this.step('rollback');
    this.transactionDepth!--;
  }
  private step(what: string): void {
    steps.push(what);
    if (this.failure !== undefined) throw this.failure;
  }
}

const acquire = async () => {
  if (refusal !== undefined) throw refusal;
  steps.push('turn');
  return () => void steps.push('end');
};

function sharing(): Runner {
  const runner = new Runner();
  takeTurns(runner, acquire);
  return runner;
}

describe('the turns of a driver', () => {
  it('are the same for all who ask, and others for another driver', () => {
    const [driver, other] = [{}, {}];
    expect(turnsOf(driver)).toBe(turnsOf(driver));
    expect(turnsOf(other)).not.toBe(turnsOf(driver));
  });

  it('are taken one at a time', async () => {
    const turns = turnsOf({});
    const end = await turns.acquire(1);
    expect(await errorOf(turns.acquire(1))).toMatchObject({ name: 'NoConnectionError' });
    end();
    await turns.acquire(1);
  });
});

describe('a statement of the application', () => {
  it('has a turn of its own', async () => {
    expect(await sharing().query('SELECT', [1])).toBe('result of SELECT');
    expect(steps).toStrictEqual(['turn', 'SELECT 1', 'end']);
  });

  it('that fails ends its turn', async () => {
    const runner = sharing();
    runner.failure = new Error('no such table');
    expect(await errorOf(runner.query('SELECT'))).toBe(runner.failure);
    expect(steps).toStrictEqual(['turn', 'SELECT', 'end']);
  });

  it('that gets no turn is not run', async () => {
    const runner = sharing();
    refusal = new Error('too late');
    expect(await errorOf(runner.query('SELECT'))).toBe(refusal);
    expect(await errorOf(runner.startTransaction())).toBe(refusal);
    expect(steps).toStrictEqual([]);
  });

  it('takes one turn where its runner is shared twice', async () => {
    const runner = sharing();
    takeTurns(runner, acquire);
    await runner.query('SELECT');
    expect(steps).toStrictEqual(['turn', 'SELECT', 'end']);
  });
});

describe('a transaction of the application', () => {
  it.each([
    ['commitTransaction', 'commit'],
    ['rollbackTransaction', 'rollback'],
  ] as const)('has one turn until its %s', async (end, step) => {
    const runner = sharing();
    await runner.startTransaction('SERIALIZABLE');
    await runner.query('SELECT');
    await runner[end]();
    await runner.query('SELECT');
    const after = ['turn', 'SELECT', 'end'];
    expect(steps).toStrictEqual(['turn', 'begin SERIALIZABLE', 'SELECT', step, 'end', ...after]);
  });

  it('has the same turn for those within it', async () => {
    const runner = sharing();
    await runner.startTransaction();
    await runner.startTransaction();
    await runner.rollbackTransaction();
    await runner.query('SELECT');
    await runner.commitTransaction();
    const inner = ['begin default', 'rollback', 'SELECT'];
    expect(steps).toStrictEqual(['turn', 'begin default', ...inner, 'commit', 'end']);
  });

  it('that cannot begin ends its turn', async () => {
    const runner = sharing();
    runner.failure = new Error('not supported');
    expect(await errorOf(runner.startTransaction())).toBe(runner.failure);
    expect(steps).toStrictEqual(['turn', 'begin default', 'end']);
    runner.failure = undefined;
    await runner.query('SELECT');
    expect(steps.slice(3)).toStrictEqual(['turn', 'SELECT', 'end']);
  });

  it('whose end has failed keeps its turn until it is rolled back', async () => {
    const runner = sharing();
    await runner.startTransaction();
    runner.failure = new Error('disk full');
    expect(await errorOf(runner.commitTransaction())).toBe(runner.failure);
    runner.failure = undefined;
    await runner.rollbackTransaction();
    expect(steps).toStrictEqual(['turn', 'begin default', 'commit', 'rollback', 'end']);
  });

  it('that was never begun has no turn to end', async () => {
    const runner = sharing();
    runner.transactionDepth = 1;
    await runner.commitTransaction();
    expect(steps).toStrictEqual(['commit']);
  });
});
