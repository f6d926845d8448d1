import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { Message } from '../message/message.js';
import { readGivenMessage, withMessageOptions, type MessageOptions } from '../message/given-message.js';
import { appFor, readApps } from '../settings/apps.js';
import { jsonOption } from '../settings/options.js';
import { printable, table } from '../terminal/table.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';
import { canonicalize, sign } from 'nestjs-pass2pay/protocol';

export function addSignCommand(program: Command, terminal: Terminal): void {
  withMessageOptions(program.command('sign'))
    .description('sign a message: JSON, a form, a URL with a query or a curl command on stdin')
    .addOption(jsonOption())
    .action(async (options: MessageOptions) => {
      terminal.print(await signMessage(options, terminal));
    });
}

async function signMessage(options: MessageOptions, terminal: Terminal): Promise<CommandResult> {
  const message = await readGivenMessage(options, terminal);
  const app = appFor(await readApps(options, terminal), message.params);
  const [secret] = app.secrets;
  const canonical = canonicalOf(message);
  const signature = sign(message.params, secret!);
  const signed = message.signedWith(signature);
  const notes = [...message.notes, ...aboutFormerSign(message, signature)];
  return {
    exitCode: EXIT.ok,
    document: { sign: signature, canonical: `${canonical}key=***`, signed, format: message.format, notes },
    text: (style) =>
      table([
        ['sign', style.strong(signature)],
        ['signed text', printable(`${canonical}key=***`)],
        ['message', printable(signed)],
        ...notes.map((note) => ['note', style.doubtful(note)] as const),
      ]),
  };
}

/** @throws UsageError for a value that cannot be signed. */
export function canonicalOf(message: Message): string {
  try {
    return canonicalize(message.params);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function aboutFormerSign({ sign: former }: Message, signature: string): string[] {
  if (former === undefined) return [];
  const isSame = former.toUpperCase() === signature;
  return [
    isSame ? 'The message had the same sign.' : 'The message had a different sign, which was ignored and replaced.',
  ];
}
