import type { SqlDialect } from '../../../database/sql-database.js';

/** The values of `--database`, besides `auto` and `none`. */
export type LibraryName =
  'typeorm' | 'pg' | 'mysql' | 'sqlite' | 'kysely' | 'knex' | 'drizzle' | 'prisma' | 'mikro-orm' | 'sequelize';

/** The application's properties that determine the generated files. */
export interface Setting {
  dialect: SqlDialect;
  /** Whether the application uses ES modules. */
  isEsm: boolean;
  /** Packages that are, or will be, in package.json. */
  packages: ReadonlySet<string>;
  /** The folder of the generated sources, such as `/src/pay`. */
  folder: string;
  /** Reads a file of the application. */
  readonly read: (path: string) => string | undefined;
  /** Whether a module of the application provides the connection, as described by the library's `provided`. */
  isProvided: boolean;
}

/** A file to write; its path is relative to the source folder or, with a leading `/`, to the application's folder. */
interface SourceFile {
  path: string;
  text: string;
}

/** The application's connection, as a provider. */
export interface Connection {
  /** Import statements for the other members. */
  imports: readonly string[];
  /** Additional exported types and constants. */
  exports?: string;
  /** The token of the provider. */
  token: string;
  type: string;
  /** An expression that creates it, indented by six. */
  factory: string;
  /** A pool with its own provider, passed to the factory and, with `isForAdapter`, to the adapter. */
  pool?: { type: string; factory: string; isForAdapter: boolean };
  /** An expression that closes it. */
  close: string;
  isCloseAsync: boolean;
}

/** How handlers use a transaction. */
interface Handling {
  /** Import statements for the other members. */
  imports: readonly string[];
  /** The type of `tx`. */
  tx: string;
  /** The statement that inserts `mchOrderNo` and `state`, indented by four. */
  insert: string;
  isAsync: boolean;
  /** A constructor, if the statement needs more than `tx`. */
  constructorText?: string;
}

/** A database library that `nest add` supports. */
export interface Library {
  /** Packages in package.json by which the library is detected. */
  signs: readonly string[];
  dialects: readonly SqlDialect[];
  /** The application's dialect, from the library's own files. */
  dialectIn?: (read: Setting['read']) => SqlDialect | undefined;
  /** Why its generated test cannot run in CommonJS with Jest; undefined if it can. */
  notInCommonJsJest?: string;
  /** Required packages with versions; the second list is for development only. */
  packages: (setting: Setting) => readonly [Record<string, string>, Record<string, string>];
  /** A module of the application that provides the connection, and how a test gets it, on the database at `url`. */
  provided?: { sign: RegExp; importText: string; testModule: (setting: Setting) => string };
  /** The import of the adapter, and its call with the provided connection. */
  adapter: { name: string; subpath: string };
  connection: (setting: Setting) => Connection;
  handling: (setting: Setting) => Handling;
  /** @param moment the migration's timestamp, such as `20261126093000` */
  migration: (statements: readonly string[], moment: string, setting: Setting) => SourceFile[];
  /** How to apply the migration, phrased as the end of a sentence. */
  apply: string;
}
