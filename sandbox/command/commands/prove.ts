import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { NOTIFY_FORMATS, type NotifyFormat } from '../../gateway/options.js';
import type { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';
import type { CannotProveError } from '../../testing/prove/cannot-prove.error.js';
import type { Proof } from '../../testing/prove/proof.js';
import type { ProveOptions } from '../../testing/prove/prove-options.js';
import { NoResponseError, UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { jsonOption, wholeNumber } from '../settings/options.js';
import { sandboxMerchants } from '../settings/sandbox-merchants.js';
import { startSandbox, withSandboxOptions, type CommonSandboxOptions } from '../settings/sandbox-options.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';

interface ProveCommandOptions extends CommonSandboxOptions {
  readonly orders?: string;
  readonly order?: string;
  readonly count?: string;
  readonly countUrl?: string;
  readonly returnUrl?: string;
  readonly restart?: string;
  readonly notifyFormat: NotifyFormat;
  readonly wait: number;
  readonly effectWithin: number;
  readonly quiet: number;
  readonly timeout: number;
  readonly junit?: string;
  readonly report?: string;
}

export function addProveCommand(program: Command, terminal: Terminal): void {
  withSandboxOptions(program.command('prove'))
    .description('test your application with genuine and forged notifies, and count its effects')
    .argument('<notify-url>', "your application's payment notify route")
    .option('--orders <file>', 'JSON file with order numbers that your application has created at this sandbox')
    .option('--order <command>', 'shell command that creates an order in your application and prints its number')
    .option('--count <command>', 'shell command that prints the number of effects of order $1')
    .option('--count-url <url>', 'URL that returns that number, with {no} for the order number')
    .option('--return-url <url>', 'the page to which the payer returns')
    .option('--restart <command>', 'shell command that kills and restarts your application')
    .addOption(new Option('--notify-format <format>', 'format of notifies').choices(NOTIFY_FORMATS).default('form'))
    .option('--wait <seconds>', 'how long to wait for your application and for --orders', wholeNumber(0, 3_600), 60)
    .option('--effect-within <seconds>', 'how long to wait for an effect after a notify', wholeNumber(1, 600), 5)
    .option('--quiet <ms>', 'how long to check that there is no effect', wholeNumber(1, 60_000), 500)
    .option('--timeout <seconds>', 'timeout of a notify', wholeNumber(1, 600), 20)
    .option('--junit <file>', 'also write the result as JUnit XML')
    .option('--report <file>', 'also write the result as an HTML page')
    .addOption(jsonOption())
    .action(async (notifyUrl: string, options: ProveCommandOptions) => {
      terminal.print(await prove(notifyUrl, options, terminal));
    });
}

async function prove(notifyUrl: string, options: ProveCommandOptions, terminal: Terminal): Promise<CommandResult> {
  const count = counterOf(options, terminal);
  if ((options.orders === undefined) === (options.order === undefined)) {
    throw new UsageError('Pass either --orders <file> or --order <command> for the orders to test');
  }
  const { merchants } = await sandboxMerchants(options, terminal);
  const sandbox = await startSandbox(options, { merchants });
  try {
    terminal.progress(`Gateway at ${sandbox.url}: your application’s baseUrl`);
    const orders = await ordersOf(options, terminal);
    const proof = await proofOf({
      notifyUrl,
      sandbox,
      orders,
      count,
      format: options.notifyFormat,
      times: {
        startMs: options.wait * 1_000,
        effectMs: options.effectWithin * 1_000,
        quietMs: options.quiet,
        answerMs: options.timeout * 1_000,
      },
      ...(options.returnUrl !== undefined && { returnUrl: options.returnUrl }),
      ...(options.restart !== undefined && { restart: restarterOf(options.restart, terminal) }),
      onCheck: (title, number, of) => terminal.progress(`${number}/${of} ${title}`),
    });
    await writeReports(proof, options, terminal);
    return await resultOf(proof, sandbox);
  } finally {
    await sandbox.stop();
  }
}

/** @throws CliError that tells the user how to fix it */
async function proofOf(options: ProveOptions): Promise<Proof> {
  const { proveNotifyUrl } = await import('../../testing/prove/prove-notify-url.js');
  try {
    return await proveNotifyUrl(options);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    const { name, reason, message } = error as Partial<CannotProveError>;
    if (name !== 'CannotProveError') throw error;
    throw reason === 'unreachable' || reason === 'restart'
      ? new NoResponseError('not-reached', message ?? '')
      : new UsageError(message ?? '');
  }
}

function counterOf({ count, countUrl }: ProveCommandOptions, terminal: Terminal): ProveOptions['count'] {
  if ((count === undefined) === (countUrl === undefined)) {
    throw new UsageError('Pass either --count <command> or --count-url <url> to count the effects of an order');
  }
  if (countUrl !== undefined && !countUrl.includes('{no}')) {
    throw new UsageError('--count-url must contain {no} for the order number, e.g. http://127.0.0.1:3000/effects/{no}');
  }
  return async (mchOrderNo) => {
    const { countAt, countIn, runInShell } = await import('../prove/merchant-commands.js');
    return countUrl === undefined
      ? countIn(await runInShell(terminal, count!, mchOrderNo))
      : countAt(countUrl, mchOrderNo);
  };
}

async function ordersOf(
  { orders, order, wait }: ProveCommandOptions,
  terminal: Terminal,
): Promise<ProveOptions['orders']> {
  if (order === undefined) {
    const { ordersIn } = await import('../prove/order-file.js');
    return ordersIn(orders!, wait * 1_000);
  }
  const { orderNumberIn, runInShell } = await import('../prove/merchant-commands.js');
  return async () => orderNumberIn(await runInShell(terminal, order));
}

function restarterOf(command: string, terminal: Terminal): () => Promise<void> {
  return async () => {
    const { restartByShell } = await import('../prove/merchant-commands.js');
    await restartByShell(terminal, command);
  };
}

async function writeReports(proof: Proof, { junit, report }: ProveCommandOptions, terminal: Terminal): Promise<void> {
  if (junit !== undefined) {
    const { proofJunit } = await import('../prove/proof-junit.js');
    write(junit, proofJunit(proof), terminal);
  }
  if (report !== undefined) {
    const { proofPage } = await import('../prove/proof-page.js');
    write(report, proofPage(proof, new Date()), terminal);
  }
}

/** @throws UsageError */
function write(path: string, text: string, terminal: Terminal): void {
  try {
    writeFileSync(path, terminal.redactor.text(text));
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be written (${(error as { code?: string }).code})`);
  }
}

async function resultOf(proof: Proof, { url }: Pass2PaySandbox): Promise<CommandResult> {
  const { proofText } = await import('../prove/proof-text.js');
  const { passed, ...document } = proof;
  return {
    exitCode: passed ? EXIT.ok : EXIT.notRight,
    document: { gateway: url, ...document },
    text: (style) => proofText(proof, style),
  };
}
