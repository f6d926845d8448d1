import { styleText } from 'node:util';

/** Colours, or none if they are disabled. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  doubtful(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

export function styleFor(inColour: boolean): Style {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    inColour ? styleText(format, text, { validateStream: false }) : text;
  return {
    good: paint('green'),
    bad: paint('red'),
    doubtful: paint('yellow'),
    strong: paint('bold'),
    faint: paint('dim'),
  };
}

/** FORCE_COLOR, then NO_COLOR (https://no-color.org), then whether the stream is a terminal. */
export function isColoured(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
