import { shownName } from '../shown-name.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';

const SPACE = /[ \t\n\r]*/y;
/** Finds the end of the string; JSON.parse checks its content. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/**
 * Reads a flat JSON object as it is signed: numbers as their wire literals (`0.30`, `1E+3`), null as no value. Unlike
 * JSON.parse it stops at the first repeated name and at the first nested value. Source: protocol §9.
 *
 * @throws NotifyRefusal
 */
export function readJson(text: string): ParamCollector {
  const scan = new Scan(text);
  const params = new ParamCollector();
  scan.mark('{');
  if (scan.is('}')) return scan.end(params);
  do {
    const name = scan.string();
    scan.mark(':');
    params.add(name, scan.value(name));
  } while (scan.is(','));
  scan.mark('}');
  return scan.end(params);
}

/** A position in a JSON text. White space before each token is skipped. */
class Scan {
  private at = 0;

  constructor(private readonly text: string) {}

  is(mark: string): boolean {
    this.token(SPACE);
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  mark(mark: string): void {
    if (!this.is(mark)) throw broken();
  }

  string(): string {
    this.token(SPACE);
    const token = this.token(STRING);
    if (token === undefined) throw broken();
    try {
      return JSON.parse(token) as string;
    } catch {
      throw broken();
    }
  }

  value(name: string): string {
    this.token(SPACE);
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{' || first === '[') throw new NotifyRefusal('malformed', `${shownName(name)} is nested`);
    const literal = this.token(NUMBER) ?? this.token(WORD);
    if (literal === undefined) throw broken();
    return literal === 'null' ? '' : literal;
  }

  end<T>(result: T): T {
    this.token(SPACE);
    if (this.at < this.text.length) throw broken();
    return result;
  }

  private token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const token = pattern.exec(this.text)?.[0];
    this.at += token?.length ?? 0;
    return token;
  }
}

function broken(): NotifyRefusal {
  return new NotifyRefusal('malformed', 'the body is not a JSON object');
}
