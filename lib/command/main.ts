#!/usr/bin/env node
import { messageOf } from '../errors/message-of.js';
import type { Command } from './command.js';
import { migration } from './migration.command.js';
import { orders } from './orders.command.js';
import { outcomes } from './outcomes.command.js';
import { report } from './report.command.js';
import { UsageError } from './usage-error.js';

const COMMANDS = new Map<string, Command>(Object.entries({ migration, orders, outcomes, report }));

const [name, ...words] = process.argv.slice(2);
const command = COMMANDS.get(name ?? '');
const isHelpWanted = [name, ...words].some((word) => word === '--help' || word === '-h') || name === undefined;

if (isHelpWanted) {
  console.log(usage());
} else {
  try {
    if (command === undefined) throw new UsageError(`Unknown command ${name}.`);
    await command.run(words);
  } catch (error) {
    const isUsage = error instanceof UsageError || isOfParseArgs(error);
    console.error(isUsage ? `${messageOf(error)}.\n\n${usage()}` : `${name} failed: ${messageOf(error)}.`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

function usage(): string {
  const shown = command === undefined ? [...COMMANDS.values()] : [command];
  return shown.map((each) => `Usage: ${each.usage}`).join('\n\n');
}

function isOfParseArgs(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
