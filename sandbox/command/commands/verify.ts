import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { readGivenMessage, withMessageOptions, type MessageOptions } from '../message/given-message.js';
import type { Message } from '../message/message.js';
import { appFor, readApps, type App } from '../settings/apps.js';
import { jsonOption } from '../settings/options.js';
import { printable, table } from '../terminal/table.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';
import {
  candidateParams,
  diagnoseSignature,
  matchingSecret,
  NotifyRefusal,
  PAYMENT_NOTIFY_FIELDS,
  type Reading,
  TRANSFER_NOTIFY_FIELDS,
} from 'nestjs-pass2pay/protocol';
import { canonicalOf } from './sign.js';

export function addVerifyCommand(program: Command, terminal: Terminal): void {
  withMessageOptions(program.command('verify'))
    .description('verify the signature of a message: JSON, a form, a URL with a query or a curl command on stdin')
    .addOption(jsonOption())
    .action(async (options: MessageOptions) => {
      terminal.print(await verifyMessage(options, terminal));
    });
}

async function verifyMessage(options: MessageOptions, terminal: Terminal): Promise<CommandResult> {
  const message = await readGivenMessage(options, terminal);
  const apps = await readApps(options, terminal);
  const app = appFor(apps, message.params);
  const canonical = `${canonicalOf(message)}key=***`;
  const fields = notifyFields(message);
  const otherSecrets = Object.fromEntries(
    apps.filter((other) => other !== app).map((other) => [other.appId ?? 'another app', other.secrets]),
  );
  const { verifies, matchedSecret, causes } = diagnoseSignature(message.params, message.sign, app.secrets, {
    otherSecrets,
    ...(fields && { knownFields: fields }),
  });
  const isOtherwiseRead = !verifies && verifiesAsNotify(message, app, fields);
  const notes = [
    ...message.notes,
    ...(isOtherwiseRead
      ? [
          'The signature is valid when read as the module reads notifies: with + or the notifyUrl’s own parameters corrected.',
        ]
      : []),
    ...aboutSecret(app, matchedSecret),
  ];
  const isRight = verifies || isOtherwiseRead;
  return {
    exitCode: isRight ? EXIT.ok : EXIT.notRight,
    document: {
      verifies: isRight,
      ...(matchedSecret !== undefined && { secret: matchedSecret + 1 }),
      canonical,
      causes,
      notes,
    },
    text: (style) =>
      [
        isRight ? style.good('✓ The signature is valid.') : style.bad('✗ The signature is invalid.'),
        table([
          ['signed text', printable(canonical)],
          ...causes.map(({ message: cause }) => [isRight ? 'remark' : 'likely cause', style.strong(cause)] as const),
          ...notes.map((note) => ['note', style.doubtful(note)] as const),
        ]),
      ].join('\n'),
  };
}

/** The fields that a notify of this kind can have; undefined if the message is not a notify. */
function notifyFields({ params }: Message): ReadonlySet<string> | undefined {
  // Only requests have a version. A notify may lack reqTime.
  if (params['version'] !== undefined || params['state'] === undefined) return undefined;
  if (params['payOrderId'] !== undefined) return PAYMENT_NOTIFY_FIELDS;
  return params['transferId'] === undefined ? undefined : TRANSFER_NOTIFY_FIELDS;
}

/**
 * Whether a receiver with this module accepts it: such a receiver tolerates what old gateways and proxies change in
 * transit.
 */
function verifiesAsNotify({ formText }: Message, app: App, fields: ReadonlySet<string> | undefined): boolean {
  if (formText === undefined || fields === undefined) return false;
  return [...notifyReadings(formText, fields)].some(
    ({ params, sign }) => matchingSecret(params, sign, app.secrets) !== -1,
  );
}

function notifyReadings(text: string, fields: ReadonlySet<string>): Reading[] {
  try {
    return [...candidateParams({ type: 'form', text }, fields)];
  } catch (error) {
    if (error instanceof NotifyRefusal) return [];
    throw error;
  }
}

function aboutSecret({ secrets }: App, matched: number | undefined): string[] {
  if (matched === undefined || secrets.length === 1) return [];
  const age = matched === 0 ? 'the current one' : 'an old one';
  return [`Signed with secret number ${matched + 1} of ${secrets.length}, ${age}.`];
}
