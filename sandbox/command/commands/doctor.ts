import type { Command } from 'commander';
import type { Check, CheckStatus } from '../doctor/check.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { variablesOf, withGatewayOptions, type GatewayOptions } from '../settings/module-options.js';
import { jsonOption, wholeNumber } from '../settings/options.js';
import { printable } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';

interface DoctorOptions extends GatewayOptions {
  readonly notifyUrl?: string;
  readonly timeout: number;
}

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  withGatewayOptions(program.command('doctor'))
    .description('check the configuration, the gateway, the secrets and the notify URL; changes nothing')
    .option('--notify-url <url>', 'notify URL, instead of PASS2PAY_NOTIFY_URL')
    .option('--timeout <seconds>', 'timeout of each check', wholeNumber(1, 600), 10)
    .addOption(jsonOption())
    .action(async (options: DoctorOptions) => {
      terminal.print(await doctor(options, terminal));
    });
}

async function doctor(options: DoctorOptions, terminal: Terminal): Promise<CommandResult> {
  const { examine } = await import('../doctor/examine.js');
  const { notifyUrl } = options;
  const variables = {
    ...(await variablesOf(options, terminal)),
    ...(notifyUrl !== undefined && { PASS2PAY_NOTIFY_URL: notifyUrl }),
  };
  const checks = await examine(variables, options.timeout * 1_000, terminal);
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const counts = { pass: count('pass'), warn: count('warn'), fail: count('fail'), skip: count('skip') };
  return {
    exitCode: exitCodeOf(checks),
    document: { counts, checks },
    text: (style) => [...checks.map((check) => line(check, style)), '', summary(counts, style)].join('\n'),
  };
}

/** Checks of whether the gateway can be reached at all. */
const REACHING = new Set(['dns', 'connection', 'tls', 'clock']);

function exitCodeOf(checks: readonly Check[]): ExitCode {
  const failed = checks.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return EXIT.ok;
  const isUnreachable = failed.some(({ id, details }) => REACHING.has(id) && details?.['error'] !== undefined);
  return isUnreachable ? EXIT.noResponse : EXIT.notRight;
}

function line({ status, title, message, remedy, details }: Check, style: Style): string {
  const marks: Readonly<Record<CheckStatus, string>> = {
    pass: style.good('✓'),
    warn: style.doubtful('!'),
    fail: style.bad('✗'),
    skip: style.faint('–'),
  };
  const issues = details?.['issues'] as readonly { readonly message: string }[] | undefined;
  const lines = issues?.map((issue) => issue.message) ?? [message];
  const [first = '', ...others] = lines;
  const isAlone = issues === undefined || issues.length < 2;
  return [
    `${marks[status]} ${style.strong(title)}: ${isAlone ? printable(first) : `${lines.length} issues`}`,
    ...(isAlone ? others : lines).map((issue) => `    - ${printable(issue)}`),
    ...(remedy === undefined ? [] : [`    → ${printable(remedy)}`]),
  ].join('\n');
}

function summary({ pass, warn, fail, skip }: Readonly<Record<CheckStatus, number>>, style: Style): string {
  const parts = [
    `${pass} passed`,
    `${warn} ${warn === 1 ? 'warning' : 'warnings'}`,
    `${fail} failed`,
    `${skip} skipped`,
  ];
  const told = parts.join(', ');
  return fail > 0 ? style.bad(told) : warn > 0 ? style.doubtful(told) : style.good(told);
}
