import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { ALL_CHECKS } from '../../sandbox/testing/prove/checks/all-checks.js';
import { FINDING_TEXTS } from '../../sandbox/testing/prove/finding-texts.js';
import { PlantedShop } from '../prove/planted/planted-shop.js';
import { ComparesNoAmount } from '../prove/planted/planted-shops.js';
import { HeldPort } from '../support/held-port.js';
import { root, RunDocument } from './support/document.js';
import { bash, start } from './support/processes.js';

const page = new RunDocument('docs/prove.md');
const text = readFileSync(join(root, 'docs/prove.md'), 'utf8');

/** Without what is another each time: numbers that are made, times, and how long it took. */
function withoutChance(output: string): string {
  return output
    .replaceAll(/\b(P|SBX)\d{10,}\b/g, '$1<number>')
    .replaceAll(/\b\d{13}\b/g, '<time>')
    .replaceAll(/\bin [\d.]+ s$/gm, 'in <n> s');
}

it('the command prints what the page says, of a shop that compares no amount', async () => {
  const [gatewayPort, shopPort] = [await HeldPort.take(), await HeldPort.take()];
  const gateway = { url: `http://127.0.0.1:${gatewayPort.port}`, merchants: [DEFAULT_MERCHANT] };
  const shop: PlantedShop = new ComparesNoAmount(gateway, shopPort);
  await shop.start();
  try {
    const block = page.take('npx pass2pay prove').replaceAll(':3000', `:${shopPort.port}`);
    const [, command, output] = /^\$ (.*)\n([^]*)$/.exec(block)!;
    const program = start('bash', bash(`${command} --port ${gatewayPort.port} --quiet 1`));
    await once(program.child, 'close');
    expect(withoutChance(program.output.stdout)).toBe(withoutChance(output!));
    expect(program.child.exitCode).toBe(1);
  } finally {
    await shop.stop();
    await shopPort.release();
    await gatewayPort.release();
  }
});

it('the table has each check, in the order in which they run', () => {
  const rows = Array.from(text.matchAll(/^\| ([A-Z].*?) +\| /gm), ([, title]) => title);
  expect(rows).toEqual(ALL_CHECKS.map(({ title }) => title));
});

it('the page says how many orders are needed', () => {
  const always = ALL_CHECKS.filter(({ needs }) => needs === undefined).length;
  expect(text).toContain(`Each check uses up one order: ${always}, and up to ${ALL_CHECKS.length} with`);
});

it('each finding leads to a heading of the documents', () => {
  for (const { see } of Object.values(FINDING_TEXTS)) {
    const [path, anchor] = see.split('#') as [string, string?];
    const headings = Array.from(readFileSync(join(root, path), 'utf8').matchAll(/^#+ (.*)$/gm), ([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(headings).toContain(anchor);
  }
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
