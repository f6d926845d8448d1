import { isDeepStrictEqual, styleText } from 'node:util';

/** Something came out other than it should. */
class Surprise extends Error {
  constructor(what: string, expected: unknown, found: unknown) {
    super(`${what}\n  expected: ${JSON.stringify(expected)}\n  found:    ${JSON.stringify(found)}`);
    this.name = 'Surprise';
  }
}

type Style = Parameters<typeof styleText>[0];

/** Tells what happens while it happens: numbered steps, and under each what was seen. Colours only on a terminal. */
export class Report {
  private steps = 0;

  step(title: string): void {
    this.steps += 1;
    console.log(`\n${paint('bold', `${this.steps}. ${title}`)}`);
  }

  note(text: string): void {
    console.log(`   ${paint('dim', text)}`);
  }

  /** @throws Surprise */
  expect(what: string, found: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(found, expected)) throw new Surprise(what, expected, found);
    console.log(`   ${paint('green', '✓')} ${what}`);
  }
}

function paint(style: Style, text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}
