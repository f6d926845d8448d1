import { Option, type Command } from 'commander';
import { ConfigurationError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Pass2PayOptions } from 'nestjs-pass2pay/client';
import type { AppOptions } from './apps.js';
import { withAppOptions } from './options.js';
import { readText } from './read-text.js';

/** The options of a command that calls the gateway. */
export interface GatewayOptions extends AppOptions {
  readonly baseUrl?: string;
  readonly timeout?: number;
}

export function withGatewayOptions(command: Command): Command {
  return withAppOptions(command).addOption(
    new Option('--base-url <url>', "the gateway's URL, instead of PASS2PAY_BASE_URL"),
  );
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** The environment variables, with the options' values in place of theirs. */
export async function variablesOf(options: GatewayOptions, terminal: Terminal): Promise<Variables> {
  const variables: Record<string, string | undefined> = { ...terminal.env };
  const { baseUrl, mchNo, appId, secretFile } = options;
  if (baseUrl !== undefined) variables['PASS2PAY_BASE_URL'] = baseUrl;
  if (mchNo !== undefined) variables['PASS2PAY_MCH_NO'] = mchNo;
  if (appId !== undefined) variables['PASS2PAY_APP_ID'] = appId;
  if (secretFile !== undefined) {
    const isStdin = secretFile === '-';
    variables['PASS2PAY_SECRET_FILE'] = isStdin ? undefined : secretFile;
    variables['PASS2PAY_SECRET'] = isStdin
      ? (await readText(terminal.world.stdin)).trimEnd().split(/\r?\n/).join(',')
      : undefined;
  }
  return variables;
}

/**
 * The module's options from the variables, by the rules of `nestjs-pass2pay/config`. Their secrets are redacted from
 * all output.
 *
 * @throws ConfigurationError with every issue.
 */
export async function moduleOptions(variables: Variables, terminal: Terminal): Promise<Pass2PayOptions> {
  const { readEnvironment } = await import('nestjs-pass2pay/client');
  const { Pass2PayConfigError } = await import('nestjs-pass2pay/client');
  try {
    const options = readEnvironment(variables, { prefix: 'PASS2PAY_', needsMerchant: true });
    for (const { secrets } of options.merchants ?? []) terminal.redactor.hide([secrets].flat());
    return options;
  } catch (error) {
    if (error instanceof Pass2PayConfigError) throw new ConfigurationError(error.issues);
    throw error;
  }
}
