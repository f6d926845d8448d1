import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { readText } from './read-text.js';
import type { Terminal } from '../terminal/terminal.js';

/** A merchant's app with its live secrets, and its numbers if known. */
export interface App {
  readonly mchNo?: string;
  readonly appId?: string;
  /** The first signs, all verify. */
  readonly secrets: readonly string[];
  /** Where the secrets come from, for messages. */
  readonly from: string;
}

/** The options of a command that select an app. */
export interface AppOptions {
  readonly secretFile?: string;
  readonly mchNo?: string;
  readonly appId?: string;
}

/**
 * The apps from the options and the environment, with the variables of `nestjs-pass2pay/config`. Their secrets are
 * redacted from all output.
 *
 * @throws UsageError if there is no secret, or one is given twice.
 */
export async function readApps(options: AppOptions, terminal: Terminal): Promise<App[]> {
  const apps = await appsOf(options, terminal);
  for (const { secrets } of apps) terminal.redactor.hide(secrets);
  const empty = apps.find(({ secrets }) => secrets.length === 0 || secrets.includes(''));
  if (empty !== undefined) throw new UsageError(`A secret in ${empty.from} is empty, so anybody could sign with it.`);
  return apps;
}

/** The app that a message names, or the only one. */
export function appFor(apps: readonly App[], named: { readonly mchNo?: unknown; readonly appId?: unknown }): App {
  const [first, ...others] = apps;
  if (first !== undefined && others.length === 0) return first;
  const fitting = apps.filter(
    ({ mchNo, appId }) => appId === named.appId && (named.mchNo === undefined || mchNo === named.mchNo),
  );
  if (fitting.length === 1) return fitting[0]!;
  throw new UsageError(
    `${apps.length} apps are configured, and ${fitting.length} of them match; select one with --mch-no and --app-id`,
  );
}

async function appsOf(options: AppOptions, terminal: Terminal): Promise<App[]> {
  const { env } = terminal;
  const mchNo = (options.mchNo ?? env['PASS2PAY_MCH_NO']) || undefined;
  const appId = (options.appId ?? env['PASS2PAY_APP_ID']) || undefined;
  const numbers = { ...(mchNo !== undefined && { mchNo }), ...(appId !== undefined && { appId }) };
  const one = (secrets: readonly string[], from: string): App[] => [{ ...numbers, secrets, from }];
  if (options.secretFile === '-') return one(lines(await readText(terminal.world.stdin)), 'stdin');
  if (options.secretFile !== undefined) return one(lines(fileText(options.secretFile)), options.secretFile);
  const given = ['SECRET', 'SECRET_FILE', 'MERCHANTS', 'MERCHANTS_FILE']
    .map((name) => `PASS2PAY_${name}`)
    .filter((name) => env[name]);
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} are both set; set only one of them`);
  const [name] = given;
  const value = name === undefined ? undefined : env[name];
  if (name === undefined || value === undefined) {
    throw new UsageError(
      'No secret; set PASS2PAY_SECRET (several separated by commas) or PASS2PAY_SECRET_FILE (one per line), or pass --secret-file <path>',
    );
  }
  const from = `the environment variable ${name}`;
  switch (name) {
    case 'PASS2PAY_SECRET':
      return one(value.split(','), from);
    case 'PASS2PAY_SECRET_FILE':
      return one(lines(fileText(value, name)), `the file that ${name} names`);
    case 'PASS2PAY_MERCHANTS':
      return merchantsIn(value, from);
    default:
      return merchantsIn(fileText(value, name), `the file that ${name} names`);
  }
}

/** @throws UsageError without the path if it comes from a variable: that may contain a secret by mistake. */
function fileText(path: string, variable?: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'no file' } = error as { code?: string };
    throw new UsageError(
      `${variable === undefined ? `The file ${path}` : `The file that ${variable} names`} cannot be read (${code})`,
    );
  }
}

/** Line breaks at the end, and an editor's byte order mark, are not part of a secret. */
function lines(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/(\r?\n)+$/, '')
    .split(/\r?\n/);
}

function merchantsIn(text: string, from: string): App[] {
  const wrong = () =>
    new UsageError(`The content of ${from} must be a non-empty JSON array of { "mchNo", "appId", "secrets" }`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!Array.isArray(parsed) || parsed.length === 0) throw wrong();
  return parsed.map((merchant: unknown) => {
    const { mchNo, appId, secrets } = (merchant ?? {}) as Record<string, unknown>;
    const live: unknown[] = Array.isArray(secrets) ? secrets : [secrets];
    const isRight =
      typeof mchNo === 'string' && typeof appId === 'string' && live.every((secret) => typeof secret === 'string');
    if (!isRight) throw wrong();
    return { mchNo, appId, secrets: live, from };
  });
}

/** Whether the environment contains the secret of a single app. */
export function hasSecret(env: Terminal['env']): boolean {
  return ['PASS2PAY_SECRET', 'PASS2PAY_SECRET_FILE'].some((name) => env[name]);
}
