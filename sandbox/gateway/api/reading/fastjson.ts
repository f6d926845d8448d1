import { LosslessNumber } from 'lossless-json';

/** A recursive reader would overflow the stack with deeper nesting. */
const DEEPEST = 512;

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  F: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '0': '\0',
  '1': '\u0001',
  '2': '\u0002',
  '3': '\u0003',
  '4': '\u0004',
  '5': '\u0005',
  '6': '\u0006',
  '7': '\u0007',
};

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', null],
  ['NaN', null],
]);

/**
 * Reads JSON as the gateway's parser does (fastjson 1.2.83): it also accepts single quotes, bare names, comments, any
 * number of commas, NaN and a byte order mark. Numbers keep their literal; if a name is repeated, the last value is
 * used.
 *
 * Source: protocol §10, reading.
 *
 * @returns undefined if the text is blank
 * @throws SyntaxError
 */
export function parseFastjson(text: string): unknown {
  const reader = new Reader(text.replace(/^\uFEFF/, ''));
  reader.skipBlanks();
  if (reader.isAtEnd) return undefined;
  const value = reader.value(0);
  reader.skipBlanks();
  if (!reader.isAtEnd) throw reader.unexpected();
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new SyntaxError(`JSON is nested deeper than ${DEEPEST} levels`);
    const next = this.text[this.at];
    if (next === '{') return this.object(depth);
    if (next === '[') return this.array(depth);
    if (next === '"' || next === "'") return this.string(next);
    return this.number() ?? this.word();
  }

  skipBlanks(): void {
    this.take(/(?:[\s\0]|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/y);
  }

  unexpected(): SyntaxError {
    return new SyntaxError(`Unexpected JSON at character ${this.at}`);
  }

  private object(depth: number): unknown {
    const members = new Map<string, unknown>();
    this.at += 1;
    for (this.skipCommas(); this.text[this.at] !== '}'; this.skipCommas()) {
      const name = this.name();
      this.skipBlanks();
      if (this.text[this.at] !== ':') throw this.unexpected();
      this.at += 1;
      this.skipBlanks();
      members.set(name, this.value(depth + 1));
      this.expectSeparator('}');
    }
    this.at += 1;
    return Object.fromEntries(members);
  }

  private array(depth: number): unknown[] {
    const items: unknown[] = [];
    this.at += 1;
    for (this.skipCommas(); this.text[this.at] !== ']'; this.skipCommas()) {
      items.push(this.value(depth + 1));
      this.expectSeparator(']');
    }
    this.at += 1;
    return items;
  }

  private expectSeparator(end: '}' | ']'): void {
    this.skipBlanks();
    if (this.text[this.at] !== ',' && this.text[this.at] !== end) throw this.unexpected();
  }

  private skipCommas(): void {
    for (this.skipBlanks(); this.text[this.at] === ','; this.skipBlanks()) this.at += 1;
    if (this.isAtEnd) throw this.unexpected();
  }

  private name(): string {
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") return this.string(quote);
    return this.take(/[\p{L}\p{N}_$][\p{L}\p{N}_$.-]*/uy) ?? this.fail();
  }

  private string(quote: string): string {
    let read = '';
    this.at += 1;
    for (;;) {
      const plain = this.take(quote === '"' ? /[^"\\]*/y : /[^'\\]*/y) ?? '';
      read += plain;
      if (this.isAtEnd) throw this.unexpected();
      if (this.text[this.at] === quote) break;
      read += this.escape();
    }
    this.at += 1;
    return read;
  }

  private escape(): string {
    const hex = this.take(/\\(?:u[\da-f]{4}|x[\da-f]{2})/iy);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(2), 16));
    const letter = this.text[this.at + 1] ?? '';
    if (!(letter in ESCAPES) && !['"', "'", '\\', '/'].includes(letter)) throw this.unexpected();
    this.at += 2;
    return ESCAPES[letter] ?? letter;
  }

  private number(): LosslessNumber | undefined {
    const literal = this.take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy);
    return literal === undefined ? undefined : new LosslessNumber(literal.replace(/^(-?)0+(?=\d)/, '$1'));
  }

  private word(): unknown {
    const word = this.take(/[A-Za-z]+/y) ?? '';
    return WORDS.has(word) ? WORDS.get(word) : this.fail();
  }

  /** @param pattern sticky, so that it matches at the reader's position */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private fail(): never {
    throw this.unexpected();
  }
}
