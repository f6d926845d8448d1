import { Option, type Command } from 'commander';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { NotifyKind, SentNotify } from '../notify/test-notify.js';
import { appFor, readApps, type AppOptions } from '../settings/apps.js';
import { collect, jsonOption, wholeNumber, withAppOptions } from '../settings/options.js';
import { printable, table } from '../terminal/table.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';
import { NOTIFY_FORMATS, type NotifyFormat } from '../../gateway/options.js';

interface NotifyOptions extends AppOptions {
  readonly state: string;
  readonly kind: NotifyKind;
  readonly order?: string;
  readonly amount: number;
  readonly currency: string;
  readonly set: Readonly<Record<string, string>>;
  readonly format: NotifyFormat;
  readonly timeout: number;
  readonly forged?: boolean;
}

const MAX_AMOUNT = 2_147_483_647;

export function addNotifyCommand(program: Command, terminal: Terminal): void {
  withAppOptions(program.command('notify'))
    .description('send a signed test notify and judge the response as the gateway does')
    .argument('<url>', 'the notifyUrl')
    .option('--state <state>', 'success, failed or closed', 'success')
    .addOption(new Option('--kind <kind>', 'kind of notify').choices(['payment', 'transfer']).default('payment'))
    .option('--order <mchOrderNo>', 'order number (default: a new one)')
    .option('--amount <minor units>', 'the amount: 10031 is 100.31 yuan', wholeNumber(1, MAX_AMOUNT), 10_031)
    .option('--currency <code>', 'the currency', 'cny')
    .option('--set <name=value>', 'add or replace a parameter; may be repeated', collect, {})
    .addOption(new Option('--format <format>', 'format of the notify').choices(NOTIFY_FORMATS).default('form'))
    .option('--timeout <seconds>', 'timeout', wholeNumber(1, 600), 20)
    .option('--forged', 'sign it with a random secret; it must be refused')
    .addOption(jsonOption())
    .action(async (url: string, options: NotifyOptions) => {
      terminal.print(await notify(url, options, terminal));
    });
}

async function notify(url: string, options: NotifyOptions, terminal: Terminal): Promise<CommandResult> {
  const { ANNOUNCED_STATES, secretOfNobody, sendTestNotify, writeTestNotify } =
    await import('../notify/test-notify.js');
  checkUrl(url);
  const states = ANNOUNCED_STATES[options.kind];
  const state = states.get(options.state);
  if (state === undefined) {
    throw new UsageError(
      `--state ${options.state} is not sent for a ${options.kind}; use ${[...states.keys()].join(' or ')}`,
    );
  }
  const app = appFor(await readApps(options, terminal), options);
  const { mchNo, appId } = app;
  if (mchNo === undefined || appId === undefined) {
    throw new UsageError(
      'The notify needs an app; set PASS2PAY_MCH_NO and PASS2PAY_APP_ID, or pass --mch-no and --app-id',
    );
  }
  const { kind, order = `PASS2PAY-TEST-${Date.now()}`, amount, currency, set: changes, format } = options;
  const isForged = options.forged === true;
  const message = writeTestNotify(
    url,
    { kind, state, mchNo, appId, mchOrderNo: order, amount, currency, changes, format },
    isForged ? secretOfNobody() : app.secrets[0]!,
  );
  terminal.progress(`Posting to ${url} …`);
  return resultOf(await sendTestNotify(message, options.timeout * 1_000), isForged);
}

function resultOf(sent: SentNotify, isForged: boolean): CommandResult {
  const { acknowledged, judgement } = sent;
  const exitCode = exitCodeOf(sent, isForged);
  const isRight = exitCode === EXIT.ok;
  const headline = isForged ? forgedHeadline(sent) : acknowledged ? 'Acknowledged.' : 'Not acknowledged.';
  const { url, headers, body, status, response, error, durationMs } = sent;
  return {
    exitCode,
    document: {
      acknowledged,
      forged: isForged,
      verdict: judgement.verdict,
      reason: judgement.reason,
      request: { url, headers, body },
      ...(status === undefined ? { error } : { response: { status, body: response, durationMs } }),
    },
    text: (style) =>
      [
        isRight ? style.good(`✓ ${headline}`) : style.bad(`✗ ${headline}`),
        table([
          ['why', style.strong(judgement.reason)],
          ['posted to', printable(url)],
          ['body', body === '' ? undefined : printable(body)],
          ['response', status === undefined ? undefined : `HTTP ${status}, ${durationMs} ms`],
          [
            '',
            response === undefined || response === '' ? undefined : printable(JSON.stringify(response.slice(0, 500))),
          ],
          ['error', error === undefined ? undefined : printable(error)],
        ]),
      ].join('\n'),
  };
}

function exitCodeOf({ status, acknowledged }: SentNotify, isForged: boolean): ExitCode {
  if (status === undefined) return EXIT.noResponse;
  return acknowledged === isForged ? EXIT.notRight : EXIT.ok;
}

function forgedHeadline({ status, acknowledged }: SentNotify): string {
  if (acknowledged) return 'A forged notify was acknowledged: the receiver does not check signatures.';
  return status === undefined
    ? 'There was no response to the forged notify.'
    : 'The forged notify was not acknowledged.';
}

/** @throws UsageError */
function checkUrl(url: string): void {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageError('The notifyUrl must be an absolute http or https URL, e.g. http://127.0.0.1:3000/pay/notify');
  }
}
