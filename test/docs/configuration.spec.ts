import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { MERCHANT_VARIABLES, VARIABLES, variableName } from '../../lib/config/variables.js';
import { resolveOptions } from '../../lib/pass2pay.options.js';
import { MERCHANT } from '../support/test-merchant.js';

const document = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const rows = Array.from(document.matchAll(/^\| `(PASS2PAY_\w+)` +\|(.*)\|$/gm), ([, name, rest]) => ({
  name,
  cells: rest!.split('|').map((cell) => cell.trim()),
}));
const defaults = resolveOptions({ baseUrl: 'https://api.example', merchants: [{ ...MERCHANT }] });

function defaultOf(option: string): string {
  if (option === 'baseUrl') return 'required';
  const value = option
    .split('.')
    .reduce<unknown>((all, name) => (all as Readonly<Record<string, unknown>>)[name], defaults);
  return ['string', 'number', 'boolean'].includes(typeof value) ? `\`${value as string}\`` : 'none';
}

it('docs/configuration.md has every variable, with its option and its default', () => {
  const ofOptions = rows.filter(({ cells }) => cells.length === 3);
  expect(ofOptions.map(({ name, cells: [option, fallback] }) => [name, option, fallback])).toEqual(
    VARIABLES.map(({ option }) => [variableName(option, 'PASS2PAY_'), `\`${option}\``, defaultOf(option)]),
  );
});

it('docs/configuration.md has every variable of the merchant’s app', () => {
  const ofApps = rows.filter(({ cells }) => cells.length === 1).map(({ name }) => name);
  expect(ofApps).toEqual(Object.values(MERCHANT_VARIABLES).map((name) => `PASS2PAY_${name}`));
});
