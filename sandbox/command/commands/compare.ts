import type { Command } from 'commander';
import type { DialectName } from '../../gateway/dialects/dialect.js';
import type { Comparison } from '../compare/compare-gateways.js';
import type { Divergence } from '../compare/compare-responses.js';
import type { CompareCounts } from '../compare/report.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { appFor } from '../settings/apps.js';
import { moduleOptions, variablesOf, withGatewayOptions, type GatewayOptions } from '../settings/module-options.js';
import { dialectOption, jsonOption, wholeNumber } from '../settings/options.js';
import { columns, printable } from '../terminal/table.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';

interface CompareOptions extends GatewayOptions {
  readonly dialect: DialectName;
  readonly create?: boolean;
  readonly wayCodes?: readonly string[];
  readonly rate: number;
  readonly report: string;
}

interface Difference extends Divergence {
  readonly name: string;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const LONGEST_CELL = 60;

export function addCompareCommand(program: Command, terminal: Terminal): void {
  withGatewayOptions(program.command('compare'))
    .description('send a set of requests to a gateway and print how it differs from the sandbox')
    .addOption(dialectOption('what to compare with'))
    .option('--create', 'also create orders of 1 fen, which expire unpaid')
    .option('--way-codes <list>', 'comma-separated payment methods that the app may use', (text) =>
      text.split(',').map((code) => code.trim()),
    )
    .option('--rate <requests>', 'requests per minute', wholeNumber(1, 60_000), 30)
    .option('--report <path>', 'path of the report; an unfinished report is continued', 'pass2pay-compare.json')
    .addOption(jsonOption())
    .action(async (options: CompareOptions) => {
      terminal.print(await compare(options, program.version() ?? '', terminal));
    });
}

async function compare(options: CompareOptions, version: string, terminal: Terminal): Promise<CommandResult> {
  const { baseUrl, merchants, timeoutMs, transport } = await moduleOptions(
    await variablesOf(options, terminal),
    terminal,
  );
  if (transport?.proxy !== undefined) {
    throw new UsageError('PASS2PAY_TRANSPORT_PROXY is set, but compare connects directly; unset it');
  }
  const apps = (merchants ?? []).map(({ secrets, ...app }) => ({ ...app, secrets: [secrets].flat(), from: '' }));
  const { mchNo, appId, secrets } = appFor(apps, options);
  const { compareGateways } = await import('../compare/compare-gateways.js');
  const target = baseUrl.replace(/\/$/, '');
  terminal.progress(`Comparing ${target} with the sandbox, at ${options.rate} requests per minute …`);
  const comparison = await compareGateways({
    version,
    target,
    dialect: options.dialect,
    account: { mchNo: mchNo!, appId: appId! },
    secret: secrets[0]!,
    create: options.create === true,
    requestsPerMinute: options.rate,
    reportPath: options.report,
    timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(options.wayCodes && { openedWayCodes: options.wayCodes }),
    redact: (text) => terminal.redactor.text(text),
    onCase: (number, of, name) => terminal.progress(`${number}/${of} ${name}`),
  });
  return resultOf(comparison, { target, dialect: options.dialect, mchNo, appId, report: options.report });
}

function resultOf(
  { counts, cases, stopped }: Comparison,
  subject: { readonly report: string } & Readonly<Record<string, string | undefined>>,
): CommandResult {
  const differences = cases.flatMap(({ name, divergences = [] }) => divergences.map((one) => ({ name, ...one })));
  return {
    exitCode: exitCodeOf(counts),
    document: { ...subject, counts, differences, ...(stopped !== undefined && { stopped }) },
    text: (style) => {
      const rows = grouped(differences);
      const headings = ['case', 'what', 'expected', 'actual'];
      return [
        ...(rows.length === 0 ? [] : [columns([headings, ...rows], (line) => style.strong(line)), '']),
        ...(stopped === undefined
          ? []
          : [style.bad(`Stopped after several requests in a row without a response (${printable(stopped)}).`)]),
        counts.alike === counts.total ? style.good(countLine(counts)) : style.bad(countLine(counts)),
        style.faint(`${counts.unanswered === 0 ? 'Report' : 'Run it again to continue. Report'}: ${subject.report}`),
      ].join('\n');
    },
  };
}

/** One row for the same difference in several cases. */
function grouped(differences: readonly Difference[]): string[][] {
  const groups = new Map<string, Difference[]>();
  for (const one of differences) {
    const key = JSON.stringify([one.what, one.expected, one.actual]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(([first, ...others]) => {
    const { name, what, expected, actual } = first!;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return [`${cell(name)}${more}`, ...[what, expected, actual].map(cell)];
  });
}

/** A request without a response is not a success: its result is unknown. */
function exitCodeOf({ differ, unanswered }: CompareCounts): ExitCode {
  if (differ > 0) return EXIT.notRight;
  return unanswered > 0 ? EXIT.noResponse : EXIT.ok;
}

function countLine({ total, alike, differ, unanswered, notSent }: CompareCounts): string {
  const line = `${alike} of ${total} identical, ${differ} different, ${unanswered} without a response`;
  return notSent === 0 ? line : `${line}, ${notSent} not sent`;
}

function cell(text: string): string {
  const shown = printable(text).replaceAll('\n', String.raw`\n`);
  return shown.length > LONGEST_CELL ? `${shown.slice(0, LONGEST_CELL - 1)}…` : shown;
}
