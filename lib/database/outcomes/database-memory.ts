import type { Remembered } from '../../outcomes/inbox.js';
import { OutcomeMemory } from '../../outcomes/outcome-memory.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import { ORDER_KEY, optional } from '../orders/order-row.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase } from '../sql-database.js';

/** Reads the states of one order, without a transaction. */
export class DatabaseMemory extends OutcomeMemory {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {
    super();
  }

  override async recall({ kind, mchNo, mchOrderNo }: OrderIdentity): Promise<Remembered> {
    const { rows } = await this.database.execute(
      `SELECT last_applied, gateway_state FROM ${this.tables.order} WHERE ${ORDER_KEY}`,
      [this.instance, kind, mchNo, comparedOrderNumber(mchOrderNo)],
    );
    return {
      lastApplied: optional(rows[0]?.last_applied, Number),
      gatewayState: optional(rows[0]?.gateway_state, Number),
    };
  }
}
