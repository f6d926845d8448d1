import { Option, type Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { sandboxMerchants } from '../settings/sandbox-merchants.js';
import { startSandbox, withSandboxOptions, type CommonSandboxOptions } from '../settings/sandbox-options.js';
import { collect, dialectOption, jsonOption } from '../settings/options.js';
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

interface SandboxCommandOptions extends CommonSandboxOptions {
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
  withSandboxOptions(program.command('sandbox'))
    .description('start a local gateway for development; Ctrl-C stops it')
    .option('--allow-remote-notifies', 'also send notifies to other hosts')
    .option('--speed <factor>', 'speed factor of notify retries and order expiry', '1')
    .addOption(dialectOption('the gateway to simulate'))
    .addOption(new Option('--notify-format <format>', 'format of notifies').choices(NOTIFY_FORMATS).default('form'))
    .addOption(
      new Option('--notify-schedule <broker>', 'retry schedule: that of the message broker behind the gateway')
        .choices(NOTIFY_SCHEDULES)
        .default('activemq'),
    )
    .option('--notify-fee-rate <rate>', 'add mchFeeRate and mchFeeAmount to order notifies, e.g. 0.006')
    .option('--notify-extra <name=value>', 'add a field to notifies; may be repeated', collect, {})
    .option('--stepped', 'stop time until a control advances it')
    .option('--data <path>', 'store orders, transfers and refunds in this file')
    .addOption(jsonOption())
    .action(async (options: SandboxCommandOptions) => {
      await runSandbox(options, terminal);
    });
}

/** Resolves after a request to stop, when the sandbox has stopped. */
async function runSandbox(options: SandboxCommandOptions, terminal: Terminal): Promise<void> {
  const { merchants, secretsFrom } = await sandboxMerchants(options, terminal);
  const more: SandboxOptions = {
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
  const sandbox = await startSandbox(options, more);
  terminal.print(startedResult(sandbox.url, merchants, secretsFrom, options));
  await asked;
  terminal.progress('Stopping …');
  await sandbox.stop();
  terminal.progress('Stopped.');
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process immediately, as by default. */
function untilAskedToEnd(world: World): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) world.off(signal, end);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) world.on(signal, end);
  });
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
          ? [style.doubtful('It is reachable from the network; anyone with a secret can use its API.')]
          : []),
        style.faint('Press Ctrl-C to stop.'),
      ].join('\n'),
  };
}
