import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { migrationStatements } from '../../lib/database/schema/ensure-schema.js';
import { commandsOf, root, RunDocument } from './support/document.js';

const page = new RunDocument('docs/upgrading.md');

it('upgrades both packages, which have one version', () => {
  const manifests = ['package.json', 'sandbox/package.json'].map(
    (path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as { name: string; version: string },
  );
  const commands = commandsOf(page.take('@latest'));
  expect(commands.map((command) => /(\S+)@latest$/.exec(command)?.[1])).toEqual(manifests.map(({ name }) => name));
  expect(new Set(manifests.map(({ version }) => version)).size).toBe(1);
});

it('knows how many versions of the tables there are', () => {
  expect(
    migrationStatements('postgres').filter((statement) => statement.includes('pass2pay_migration (version')),
  ).toHaveLength(1);
  expect(readFileSync(join(root, 'docs', 'upgrading.md'), 'utf8')).toMatch(/So far, there is only\s+version 1\b/);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
