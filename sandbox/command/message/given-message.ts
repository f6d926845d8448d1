import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import type { AppOptions } from '../settings/apps.js';
import { withAppOptions } from '../settings/options.js';
import { readText } from '../settings/read-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { MESSAGE_FORMATS, readMessage, type Message, type MessageFormat } from './message.js';

/** The options of a command that reads a message. */
export interface MessageOptions extends AppOptions {
  readonly format?: MessageFormat;
  readonly input?: string;
}

export function withMessageOptions(command: Command): Command {
  return withAppOptions(command)
    .addOption(new Option('--format <format>', 'format of the message (default: detected)').choices(MESSAGE_FORMATS))
    .option('--input <path>', 'file with the message, instead of stdin');
}

/** @throws UsageError if there is no message, or it cannot be read. */
export async function readGivenMessage(options: MessageOptions, terminal: Terminal): Promise<Message> {
  const { input, secretFile, format } = options;
  if (input !== undefined) return readMessage(fileText(input), format);
  if (secretFile === '-') {
    throw new UsageError(
      'Both the message and the secret would be read from stdin; pass the message with --input <path>',
    );
  }
  const { stdin } = terminal.world;
  if (stdin.isTTY === true) terminal.progress('Paste JSON, a form or a curl command, then press Ctrl-D.');
  return readMessage(await readText(stdin), format);
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be read (${(error as { code?: string }).code})`);
  }
}
