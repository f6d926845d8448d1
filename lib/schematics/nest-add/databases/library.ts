import type { SqlDialect } from '../../../database/sql-database.js';

/** What `--database` takes, besides `auto` and `none`. */
export type LibraryName =
  'typeorm' | 'pg' | 'mysql' | 'sqlite' | 'kysely' | 'knex' | 'drizzle' | 'prisma' | 'mikro-orm' | 'sequelize';

/** What the files of an application depend on. */
export interface Setting {
  dialect: SqlDialect;
  /** Whether the application is made of ES modules. */
  isEsm: boolean;
  /** Packages that package.json has, or will have. */
  packages: ReadonlySet<string>;
  /** The folder of the generated sources, such as `/src/pay`. */
  folder: string;
  /** Gives a file of the application. */
  readonly read: (path: string) => string | undefined;
  /** Whether a module of the application provides the connection, as `provided` of the library says. */
  isProvided: boolean;
}

/** A file to write, by its path in the folder of sources or, with a leading `/`, in that of the application. */
interface SourceFile {
  path: string;
  text: string;
}

/** The application's connection, as a provider. */
export interface Connection {
  /** Statements that import what the other members use. */
  imports: readonly string[];
  /** Types and constants that the file exports besides. */
  exports?: string;
  /** The token of the provider. */
  token: string;
  type: string;
  /** An expression that makes it, indented by six. */
  factory: string;
  /** A pool that the factory takes, and with `isForAdapter` the adapter, too; its own provider. */
  pool?: { type: string; factory: string; isForAdapter: boolean };
  /** An expression that closes it. */
  close: string;
  isCloseAsync: boolean;
}

/** How handlers use a transaction. */
interface Handling {
  /** Statements that import what the other members use. */
  imports: readonly string[];
  /** The type of `tx`. */
  tx: string;
  /** The statement that inserts `mchOrderNo` and `state`, indented by four. */
  insert: string;
  isAsync: boolean;
  /** A constructor, where the statement needs more than `tx`. */
  constructorText?: string;
}

/** A database library that `nest add` writes for. */
export interface Library {
  /** Any of these in package.json tells that the application has it. */
  signs: readonly string[];
  dialects: readonly SqlDialect[];
  /** The dialect of the application by the library's own files. */
  dialectIn?: (read: Setting['read']) => SqlDialect | undefined;
  /** Why its generated test cannot run in CommonJS by Jest; undefined where it can. */
  notInCommonJsJest?: string;
  /** What it needs, with versions; the second list is for development only. */
  packages: (setting: Setting) => readonly [Record<string, string>, Record<string, string>];
  /** A module of the application that provides the connection, and how a test has it, on the database at `url`. */
  provided?: { sign: RegExp; importText: string; testModule: (setting: Setting) => string };
  /** How to import the adapter, and its call with what the provider of the connection gives. */
  adapter: { name: string; subpath: string };
  connection: (setting: Setting) => Connection;
  handling: (setting: Setting) => Handling;
  /** @param moment the migration's place among others, as `20261126093000` */
  migration: (statements: readonly string[], moment: string, setting: Setting) => SourceFile[];
  /** How to apply the migration, to end a sentence with. */
  apply: string;
}
