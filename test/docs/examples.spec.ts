import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const docs = new URL('../../docs/', import.meta.url);
const examples = new URL('examples/', import.meta.url);

const blocks = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    Array.from(readFileSync(new URL(name, docs), 'utf8').matchAll(/^```ts example=(\S+)\n(.*?)^```$/gms)),
  );

it('the documents show each example as it is run', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const [, name, code] of blocks) expect(code).toBe(readFileSync(new URL(name!, examples), 'utf8'));
});
