import { parseArgs } from 'node:util';
import { Pass2PayOutcomes } from '../database/audit/pass2pay-outcomes.js';
import { tablesOf } from '../database/schema/schema-names.js';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import type { Command } from './command.js';
import { DATABASE_OPTIONS, DATABASE_USAGE, databaseAddress } from './database-options.js';
import { withDatabase } from './open-database.js';
import { pageText } from './outcomes-output.js';
import { schemaNames } from './schema-options.js';
import { UsageError } from './usage-error.js';

const LIMITS = { connectionTimeoutMs: 10_000, lockTimeoutMs: 10_000 };

const PICKED_UP = 'a running process picks it up within databaseLimits.sweepEveryMs (default 10 s)';

/** Options of the API with a different name in the command. */
const NAMES = {
  key: 'idempotencyKey',
  'mch-no': 'mchNo',
  'mch-order-no': 'mchOrderNo',
  result: 'result',
  status: 'status',
  kind: 'kind',
  handler: 'handler',
  reason: 'reason',
  limit: 'limit',
  after: 'after',
} as const;

type Name = keyof typeof NAMES;

const OPTIONS = {
  ...DATABASE_OPTIONS,
  'after-commit': { type: 'boolean' },
  replays: { type: 'boolean' },
  key: { type: 'string' },
  'mch-no': { type: 'string' },
  'mch-order-no': { type: 'string' },
  result: { type: 'string' },
  status: { type: 'string' },
  kind: { type: 'string' },
  handler: { type: 'string' },
  reason: { type: 'string' },
  limit: { type: 'string' },
  after: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parse>['values'];

interface Work {
  /** The accepted options. */
  takes: readonly Name[];
  run(outcomes: Pass2PayOutcomes, given: never, values: Values): Promise<{ json: unknown; text: string }>;
}

/** The actions by first argument and, for lists, by kind. */
const WORK: Readonly<Record<string, Work>> = {
  list: {
    takes: ['result', 'kind', 'mch-no', 'mch-order-no', 'limit', 'after'],
    run: async (outcomes, given) => listed(await outcomes.list(given)),
  },
  'list --after-commit': {
    takes: ['status', 'handler', 'mch-no', 'mch-order-no', 'limit', 'after'],
    run: async (outcomes, given) => listed(await outcomes.listAfterCommit(given)),
  },
  'list --replays': {
    takes: ['status', 'key', 'limit', 'after'],
    run: async (outcomes, given) => listed(await outcomes.listReplays(given)),
  },
  retry: {
    takes: ['result', 'key', 'kind', 'mch-no', 'mch-order-no', 'handler'],
    run: async (outcomes, given) => {
      const json = await outcomes.retry(given);
      const { outcomes: number, afterCommit } = json;
      const text =
        number + afterCommit === 0
          ? 'Nothing to retry.\n'
          : `Due now: ${number} outcomes, ${afterCommit} after-commit calls; ${PICKED_UP}.\n`;
      return { json, text };
    },
  },
  replay: {
    takes: ['key', 'handler', 'reason'],
    run: async (outcomes, given) => {
      const json = await outcomes.replay(given);
      const { replays } = await outcomes.listReplays({ idempotencyKey: json.idempotencyKey });
      const before = replays.filter(({ id, status }) => id < json.id && status === 'done').length;
      const often = before === 0 ? '' : ` It was replayed ${before} ${before === 1 ? 'time' : 'times'} before.`;
      return { json, text: `Replay ${json.id} of ${json.idempotencyKey} is requested; ${PICKED_UP}.${often}\n` };
    },
  },
};

export const outcomes: Command = {
  usage: `nestjs-pass2pay outcomes list [--result <result>] [--kind <payment|transfer>] [--mch-no <mchNo>]
       [--mch-order-no <mchOrderNo>] [--limit <number>] [--after <place>]
   or: nestjs-pass2pay outcomes list --after-commit [--status <pending|dead>] [--handler <Class.method>] …
   or: nestjs-pass2pay outcomes list --replays [--status <pending|done|failed>] [--key <idempotencyKey>] …
   or: nestjs-pass2pay outcomes retry [--result <failed|dead|mismatch>] [--key <idempotencyKey>] [--kind <kind>]
       [--mch-no <mchNo>] [--mch-order-no <mchOrderNo>] [--handler <Class.method>]
   or: nestjs-pass2pay outcomes replay --key <idempotencyKey> --reason <who, and why> [--handler <Class.method>]

list prints outcomes, after-commit work or replays, newest first. retry retries failed and dead work, with all its
attempts. replay deliberately runs the handlers of an applied outcome again. Both mark rows in the database, which a
running process of the application picks up.

${DATABASE_USAGE}
--result        received, applied, duplicate, stale, mismatch, failed or dead
--key           the outcome's key, as printed by list
--limit, --after  number of entries (default 100), and where to continue: the value printed by the previous list
--json          print one JSON document instead of text`,

  async run(words) {
    const { values, positionals } = parse(words);
    const name = workOf(values, positionals);
    const work = WORK[name]!;
    const given = optionsOf(name, work, values);
    const address = databaseAddress(values);
    const names = schemaNames(values);
    const { instance = '' } = values;
    const isWriting = !name.startsWith('list');
    const result = await withDatabase(
      address,
      names,
      (database) => {
        const place = { database, tables: tablesOf(names), instance, limits: LIMITS };
        return work.run(new Pass2PayOutcomes(place), given as never, values).catch(asUsage);
      },
      { isWriting },
    );
    process.stdout.write(values.json ? `${JSON.stringify(result.json)}\n` : result.text);
  },
};

function parse(words: string[]) {
  return parseArgs({ args: words, allowPositionals: true, options: OPTIONS });
}

function workOf(values: Values, [name, ...rest]: string[]): string {
  if (name === undefined || !['list', 'retry', 'replay'].includes(name)) {
    throw new UsageError('Pass list, retry or replay.');
  }
  if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest.join(' ')}.`);
  const lists = (['after-commit', 'replays'] as const).filter((each) => values[each]);
  if (lists.length > 1) throw new UsageError('--after-commit and --replays exclude each other.');
  if (lists.length > 0 && name !== 'list') throw new UsageError(`--${lists[0]} applies to list, not to ${name}.`);
  return lists.length > 0 ? `${name} --${lists[0]}` : name;
}

/** The options of the API. */
function optionsOf(name: string, { takes }: Work, values: Values): Record<string, unknown> {
  const given = (Object.keys(NAMES) as Name[]).filter((each) => values[each] !== undefined);
  const unknown = given.filter((each) => !takes.includes(each));
  if (unknown.length > 0) throw new UsageError(`${name} does not accept --${unknown.join(', --')}.`);
  return Object.fromEntries(given.map((each) => [NAMES[each], each === 'limit' ? Number(values[each]) : values[each]]));
}

/** The service validates the options and uses the API's names for them. */
function asUsage(error: unknown): never {
  if (!(error instanceof Pass2PayValidationError)) throw error;
  const messages = error.issues.map(({ message }) => {
    const [, field = '', rest = ''] = /^(\w+)(.*)$/s.exec(message) ?? [];
    const name = (Object.keys(NAMES) as Name[]).find((each) => NAMES[each] === field);
    if (field === 'options') return 'retry requires a filter, e.g. --result dead for everything dead';
    return name === undefined ? message : `--${name}${rest}`;
  });
  throw new UsageError(messages.join('; '));
}

function listed(page: Parameters<typeof pageText>[0]): { json: unknown; text: string } {
  const more = page.next === undefined ? '' : `More entries: --after ${page.next}\n`;
  return { json: page, text: `${pageText(page)}${more}` };
}
