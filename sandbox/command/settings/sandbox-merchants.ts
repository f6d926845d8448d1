import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { DEFAULT_MERCHANT, type SandboxMerchant } from '../../gateway/options.js';
import { hasSecret, readApps } from './apps.js';

export interface SandboxMerchantOptions {
  readonly merchant: readonly string[];
  readonly merchantsFile?: string;
  readonly secretFile?: string;
}

/** The merchants of a sandbox, and where the secret of each comes from, for messages. */
export interface GivenMerchants {
  readonly merchants: readonly SandboxMerchant[];
  readonly secretsFrom: readonly string[];
}

/**
 * The merchants from the options, otherwise from the environment (with the variables of `nestjs-pass2pay/config`, so
 * that an application's own configuration works), otherwise the sandbox's default merchant.
 *
 * @throws UsageError
 */
export async function sandboxMerchants(options: SandboxMerchantOptions, terminal: Terminal): Promise<GivenMerchants> {
  const given = await merchantsOf(options, terminal);
  const secrets = given.merchants
    .filter(({ secret }) => secret !== DEFAULT_MERCHANT.secret)
    .map(({ secret }) => secret);
  terminal.redactor.hide(secrets.filter((secret) => typeof secret === 'string'));
  return given;
}

async function merchantsOf(options: SandboxMerchantOptions, terminal: Terminal): Promise<GivenMerchants> {
  const { merchant, merchantsFile } = options;
  if (merchantsFile !== undefined && merchant.length > 0) {
    throw new UsageError('--merchant and --merchants-file exclude each other');
  }
  if (merchantsFile !== undefined) return inFile(merchantsFile);
  if (merchant.length > 0) return byFlags(options, terminal);
  const { env } = terminal;
  const isNamed = ['MERCHANTS', 'MERCHANTS_FILE', 'MCH_NO', 'APP_ID'].some((name) => env[`PASS2PAY_${name}`]);
  if (options.secretFile === undefined && !isNamed) {
    const from = 'DEFAULT_MERCHANT of pass2pay-sandbox, which is public and useless elsewhere';
    return { merchants: [DEFAULT_MERCHANT], secretsFrom: [from] };
  }
  const apps = await readApps(options, terminal);
  const merchants = apps.map(({ mchNo, appId, secrets }) => {
    if (mchNo === undefined || appId === undefined) {
      throw new UsageError('PASS2PAY_MCH_NO and PASS2PAY_APP_ID must both be set, or pass --merchant <mchNo/appId>');
    }
    return { mchNo, appId, secret: secrets[0]! };
  });
  return { merchants, secretsFrom: apps.map(({ from }) => from) };
}

async function byFlags({ merchant, secretFile }: SandboxMerchantOptions, terminal: Terminal): Promise<GivenMerchants> {
  const found: { merchant: SandboxMerchant; from: string }[] = [];
  for (const text of merchant) {
    const [, mchNo, appId] = /^([\w-]+)\/([\w-]+)$/.exec(text) ?? [];
    if (mchNo === undefined || appId === undefined) {
      throw new UsageError(`--merchant must be <mchNo>/<appId>, such as M1621873433953/60cc09bce4b0f1c0b83761c9`);
    }
    const variable = `PASS2PAY_SECRET_${appId.replaceAll('-', '_')}`;
    const own = terminal.env[variable];
    if (own) {
      found.push({ merchant: { mchNo, appId, secret: own }, from: `the environment variable ${variable}` });
    } else if (merchant.length === 1 && (secretFile !== undefined || hasSecret(terminal.env))) {
      const [app] = await readApps({ mchNo, appId, ...(secretFile !== undefined && { secretFile }) }, terminal);
      found.push({ merchant: { mchNo, appId, secret: app!.secrets[0]! }, from: app!.from });
    } else {
      throw new UsageError(`The secret of --merchant ${mchNo}/${appId} is missing; set ${variable}`);
    }
  }
  return { merchants: found.map((one) => one.merchant), secretsFrom: found.map(({ from }) => from) };
}

/** The sandbox checks the members, and reports which one is invalid. */
function inFile(path: string): GivenMerchants {
  let merchants: unknown;
  try {
    merchants = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as { code?: string };
    // The parser's message would repeat a part of the text, which contains secrets.
    throw new UsageError(`The file ${path} ${code === undefined ? 'is not JSON' : `cannot be read (${code})`}`);
  }
  const isList = Array.isArray(merchants) && merchants.every((one) => typeof one === 'object' && one !== null);
  if (!isList) throw new UsageError(`The file ${path} must be a JSON array of { "mchNo", "appId", "secret" }`);
  const list = merchants as SandboxMerchant[];
  return { merchants: list, secretsFrom: list.map(() => `the file ${path}`) };
}
