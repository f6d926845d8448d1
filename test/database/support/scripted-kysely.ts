import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type KyselyConfig } from 'kysely';
import type { KyselyInstance } from '../../../lib/database/adapters/kysely-connection.js';
import type { Script } from './scripted-driver.js';

interface Query {
  sql: string;
  parameters?: readonly unknown[];
}

export interface ScriptedKyselyOptions extends Partial<KyselyConfig> {
  /** What the dialect sends to begin a transaction. */
  begin?: readonly string[];
  /** Replaces what the pool does. */
  connect?: () => Promise<void>;
}

/**
 * Kysely on one connection that a script answers. Like Kysely's own driver for pg, it closes a connection whose
 * rollback has failed.
 */
export function scriptedKysely(
  script: Script,
  { begin = ['begin'], connect = async () => {}, ...config }: ScriptedKyselyOptions = {},
) {
  let isBroken = false;
  const connection = {
    executeQuery: async ({ sql, parameters }: Query) =>
      ((await script.run(sql, parameters)) ?? { rows: [] }) as { rows: never[] },
    async *streamQuery({ sql, parameters }: Query) {
      const { rows } = (await script.run(sql, parameters)) as { rows: never[] };
      for (const row of rows) yield { rows: [row] };
    },
  };
  const driver = {
    init: async () => {},
    destroy: async () => {},
    acquireConnection: async () => {
      await connect();
      return connection;
    },
    releaseConnection: async () => void script.steps.push(isBroken ? 'close' : 'release'),
    beginTransaction: async (on: typeof connection) => {
      for (const sql of begin) await on.executeQuery({ sql });
    },
    commitTransaction: async (on: typeof connection) => void (await on.executeQuery({ sql: 'commit' })),
    rollbackTransaction: async (on: typeof connection) => {
      try {
        await on.executeQuery({ sql: 'rollback' });
      } catch (error) {
        isBroken = true;
        throw error;
      }
    },
  };
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (of) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    ...config,
  });
  const instance: KyselyInstance = db;
  return { db, connection, instance };
}
