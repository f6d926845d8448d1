import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';

const page = new RunDocument('docs/protocol.md');

it('a signature is made and verified without Nest', async () => {
  const { signature, isGenuine } = await page.load<{ signature: string; isGenuine: boolean }>('isGenuine');
  expect(signature).toBe('BF32D3EE48DB680C0F76FB87D4E804F8');
  expect(isGenuine).toBe(true);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
