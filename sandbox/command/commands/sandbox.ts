import { Option, type Command } from 'commander';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { sandboxMerchants, type SandboxMerchantOptions } from '../settings/sandbox-merchants.js';
import { collect, dialectOption, jsonOption, wholeNumber } from '../settings/options.js';
import { SandboxDataFileError } from '../../gateway/data/data-file.error.js';
import { table } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';
import type { CommandResult, Terminal, World } from '../terminal/terminal.js';
import type { DialectName } from '../../gateway/dialects/dialect.js';
import {
  NOTIFY_FORMATS,
  NOTIFY_SCHEDULES,
  type NotifyFormat,
  type NotifySchedule,
  type SandboxOptions,
} from '../../gateway/options.js';

interface SandboxCommandOptions extends SandboxMerchantOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost: readonly string[];
  readonly allowRemoteNotifies?: boolean;
  readonly speed: string;
  readonly dialect: DialectName;
  readonly notifyFormat: NotifyFormat;
  readonly notifySchedule: NotifySchedule;
  readonly notifyFeeRate?: string;
  readonly notifyExtra: Readonly<Record<string, string>>;
  readonly stepped?: boolean;
  readonly data?: string;
}

export function addSandboxCommand(program: Command, terminal: Terminal): void {
  program
    .command('sandbox')
    .description('start a gateway on this machine to develop against; Ctrl-C ends it')
    .option('--port <number>', 'TCP port; 0 takes a free one', wholeNumber(0, 65_535), 9_216)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--allow-host <name>',
      "a name by which it may be called besides this machine's own; may be repeated",
      (name: string, found: string[]) => [...found, name],
      [],
    )
    .option('--allow-remote-notifies', 'send notifies to other machines too')
    .option('--speed <factor>', 'how many times as fast notifies are repeated and orders expire', '1')
    .addOption(dialectOption('which gateway it is'))
    .addOption(new Option('--notify-format <format>', 'how notifies are sent').choices(NOTIFY_FORMATS).default('form'))
    .addOption(
      new Option('--notify-schedule <broker>', 'when they are repeated, by the broker behind the gateway')
        .choices(NOTIFY_SCHEDULES)
        .default('activemq'),
    )
    .option('--notify-fee-rate <rate>', 'give notifies of orders mchFeeRate and mchFeeAmount, as 0.006')
    .option('--notify-extra <name=value>', 'give notifies a further field; may be repeated', collect, {})
    .option('--stepped', 'let time stand still until a control moves it')
    .option('--data <path>', 'keep orders, transfers and refunds in this file')
    .option(
      '--merchant <mchNo/appId>',
      'a merchant that it knows; may be repeated. Its secret is in PASS2PAY_SECRET_<appId> or, for a single one, where the others are',
      (merchant: string, found: string[]) => [...found, merchant],
      [],
    )
    .option('--merchants-file <path>', 'JSON file: [{ "mchNo", "appId", "secret", "name"? }]')
    .option('--secret-file <path>', "file with the single merchant's secret; - is stdin")
    .addOption(jsonOption())
    .action(async (options: SandboxCommandOptions) => {
      await runSandbox(options, terminal);
    });
}

/** Resolves when the sandbox was asked to end, and has ended. */
async function runSandbox(options: SandboxCommandOptions, terminal: Terminal): Promise<void> {
  const { merchants, secretsFrom } = await sandboxMerchants(options, terminal);
  const { Pass2PaySandbox } = await import('../../gateway/pass2pay-sandbox.js');
  const sandboxOptions: SandboxOptions = {
    port: options.port,
    host: options.host,
    allowedHosts: options.allowHost,
    allowRemoteNotifies: options.allowRemoteNotifies ?? false,
    notifySpeed: Number(options.speed),
    dialect: options.dialect,
    notifyFormat: options.notifyFormat,
    notifySchedule: options.notifySchedule,
    notifyExtras: options.notifyExtra,
    ...(options.notifyFeeRate !== undefined && { notifyFeeRate: options.notifyFeeRate }),
    merchants,
    ...(options.stepped && { clock: 'stepped' }),
    ...(options.data !== undefined && { dataFile: options.data }),
  };
  const asked = untilAskedToEnd(terminal.world);
  const sandbox = await Pass2PaySandbox.start(sandboxOptions).catch((error: unknown) => {
    throw startError(error, options);
  });
  terminal.print(startedResult(sandbox.url, merchants, secretsFrom, options));
  await asked;
  terminal.progress('Stopping …');
  await sandbox.stop();
  terminal.progress('Stopped.');
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once, as it would without this. */
function untilAskedToEnd(world: World): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) world.off(signal, end);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) world.on(signal, end);
  });
}

function startError(error: unknown, { port, host }: SandboxCommandOptions): unknown {
  if (error instanceof TypeError || error instanceof SandboxDataFileError) return new UsageError(error.message);
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') {
    return new UsageError(`Port ${port} is taken: end what listens there, or give --port, 0 for a free one`);
  }
  if (code === 'EACCES') return new UsageError(`Port ${port} may not be used by this user: give --port 1024 or above`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UsageError(`${host} is no address of this machine: give another --host`);
  }
  return error;
}

function startedResult(
  url: string,
  merchants: readonly { readonly mchNo: string; readonly appId: string; readonly name?: string }[],
  secretsFrom: readonly string[],
  { host, dialect }: SandboxCommandOptions,
): CommandResult {
  const shown = merchants.map(({ mchNo, appId, name }, index) => ({
    mchNo,
    appId,
    ...(name !== undefined && { name }),
    secretFrom: secretsFrom[index],
  }));
  const isExposed = !/^(127(\.\d+){3}|localhost|::1)$/.test(host);
  const dashboard = `${url}/`;
  return {
    exitCode: EXIT.ok,
    document: { url, dashboard, dialect, merchants: shown, exposed: isExposed },
    text: (style: Style) =>
      [
        table([
          ['gateway', style.strong(url)],
          ['dashboard', style.strong(dashboard)],
          ['dialect', dialect],
          ...shown.flatMap(
            ({ mchNo, appId, name, secretFrom }) =>
              [
                ['merchant', `${mchNo}${name === undefined ? '' : ` (${name})`}`],
                ['  app', appId],
                ['  secret', `from ${secretFrom}`],
              ] as const,
          ),
        ]),
        ...(isExposed
          ? [style.doubtful('Others on the network can reach it: its API is open to whoever has a secret.')]
          : []),
        style.faint('Ctrl-C ends it.'),
      ].join('\n'),
  };
}
