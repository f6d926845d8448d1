import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlResult } from '../../../lib/database/sql-database.js';
import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import type { WireFault } from '../wires.js';
import { DatabaseModel, type DatabaseWire, type ModelTx } from './database-model.js';
import type { Store, StoreHost, StoreInUse } from './store.js';

const TABLES = tablesOf();

const FAULTS: Readonly<Record<Parameters<DatabaseWire>[0]['what'], readonly WireFault[]>> = {
  execute: ['lost', 'answer lost', 'crash before', 'crash after'],
  begin: ['lost', 'crash before'],
  statement: ['lost', 'crash before', 'crash after'],
  commit: ['lost', 'answer lost', 'crash before', 'crash after'],
  rollback: ['crash before'],
};

/** All processes keep what they remember in one database. */
export async function databaseStore(now: () => number): Promise<Store> {
  let inUse: SharedDatabase | undefined;
  const model = new DatabaseModel(
    now,
    (owner, sql) => inUse?.hasCommitted(owner as Life, sql),
    (owner) => (owner as Life).troubles++,
  );
  await ensureSchema(model.connect({}, async (_request, perform) => perform()));
  model.run('CREATE TABLE effect (id INTEGER PRIMARY KEY, number VARCHAR(40), state INTEGER)');
  const tables = [...Object.values(TABLES).filter((table) => table !== TABLES.migration), 'effect'];
  return {
    use: (host) => {
      model.reset();
      for (const table of tables) model.run(`DELETE FROM ${table}`);
      inUse = new SharedDatabase(host, model);
      return inUse;
    },
  };
}

class SharedDatabase implements StoreInUse {
  private lastEffect = 0;
  /** The outcomes to be tried again, as the last commit has left them: none that is not committed. */
  private kept: SqlResult['rows'] = [];

  constructor(
    private readonly host: StoreHost,
    private readonly model: DatabaseModel,
  ) {}

  optionsFor(life: Life): ReturnType<StoreInUse['optionsFor']> {
    const database = this.model.connect(life, ({ what, sql }, perform) =>
      this.host.wires.exchange({
        life,
        what: `${life.name} → database: ${what === 'execute' || what === 'statement' ? shortened(sql) : what}`,
        faults: FAULTS[what],
        perform,
        isNear: true,
        broken: () => new Error('Connection terminated'),
      }),
    );
    return { database };
  }

  takeEffect(_life: Life, order: ShopOrder, state: number, tx: unknown): Promise<unknown> {
    return (tx as ModelTx).run(`INSERT INTO effect (number, state) VALUES ('${order.key}', ${state})`);
  }

  keptStates({ mchNo, mchOrderNo }: ShopOrder): readonly number[] {
    const comparedNo = mchOrderNo.toLowerCase();
    return this.kept
      .filter((row) => row.mch_no === mchNo && row.compared_no === comparedNo)
      .map((row) => Number(row.state));
  }

  /** They are times in its rows, which only its clock ends. */
  endLeases(): void {}

  standsStill(): void {}

  disconnect(life: Life): void {
    this.model.disconnect(life);
  }

  /** Looks at what has come to be. */
  hasCommitted(life: Life, sql: string): void {
    if (/^\s*select/i.test(sql)) return;
    this.kept = this.model.run(
      `SELECT mch_no, compared_no, state FROM ${TABLES.outcome} WHERE due_at IS NOT NULL`,
    ).rows;
    const orders = [...this.host.orders()];
    const { rows: effects } = this.model.run('SELECT id, number, state FROM effect WHERE id > ? ORDER BY id', [
      this.lastEffect,
    ]);
    for (const { id, number, state } of effects) {
      this.lastEffect = Number(id);
      this.host.takesEffect(
        life,
        orders.find(({ key }) => key === number)!,
        Number(state),
      );
    }
    const { rows } = this.model.run(`SELECT mch_no, mch_order_no, last_applied FROM ${TABLES.order}`);
    for (const { mch_no: mchNo, mch_order_no: mchOrderNo, last_applied: state } of rows) {
      const order = orders.find((each) => each.mchNo === mchNo && each.mchOrderNo === mchOrderNo)!;
      this.host.lastApplied(order, state === null ? undefined : Number(state));
    }
  }
}

function shortened(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').slice(0, 80);
}
