import { UsageError } from '../errors.js';

/** A command line, split as by a shell. */
export interface ShellWords {
  readonly words: readonly string[];
  /** The operator that ended the command, if any; another command follows it. */
  readonly endedBy?: string;
}

/**
 * Splits a command line like bash: single, double and `$'…'` quotes, backslashes, continued lines. If there is a caret
 * before each quote, as in browsers' “copy as cURL (cmd)”, it splits like cmd.exe. Nothing is executed or expanded.
 *
 * @throws UsageError for an unclosed quote, and for a variable or command whose value only the shell knows.
 */
export function shellWords(text: string): ShellWords {
  return isForCmd(text) ? { words: cmdWords(text) } : new BashWords(text).read();
}

/** Quotes a word so that a shell passes it on unchanged. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function isForCmd(text: string): boolean {
  return text.includes('^"') || /\^\r?\n/.test(text);
}

class BashWords {
  private position = 0;
  private readonly words: string[] = [];
  private word: string | undefined;

  constructor(private readonly text: string) {}

  read(): ShellWords {
    for (;;) {
      const character = this.text[this.position];
      if (character === undefined || character === '\n' || /[;|&<>()]/.test(character)) {
        this.endWord();
        const rest = this.text.slice(this.position).trim();
        // A line break at the start or the end does not separate commands.
        if (character === '\n' && (this.words.length === 0 || rest === '')) {
          this.position += 1;
          continue;
        }
        if (character === undefined || rest === '') return { words: this.words };
        return { words: this.words, endedBy: character === '\n' ? 'a line break' : character };
      }
      this.readOne(character);
    }
  }

  private readOne(character: string): void {
    this.position += 1;
    switch (character) {
      case ' ':
      case '\t':
      case '\r':
        this.endWord();
        return;
      case '#':
        if (this.word === undefined) this.skipComment();
        else this.add(character);
        return;
      case '\\':
        this.readEscaped();
        return;
      case "'":
        this.add(this.upTo("'", 'a single quote'));
        return;
      case '"':
        this.add(this.readDoubleQuoted());
        return;
      case '`':
        throw onlyTheShellKnows('a command in backquotes');
      case '$':
        this.readDollar();
        return;
      default:
        this.add(character);
    }
  }

  private add(text: string): void {
    this.word = (this.word ?? '') + text;
  }

  private endWord(): void {
    if (this.word !== undefined) this.words.push(this.word);
    this.word = undefined;
  }

  private skipComment(): void {
    while (this.position < this.text.length && this.text[this.position] !== '\n') this.position += 1;
  }

  /**
   * Reads what follows a backslash outside quotes: a line break continues the line, any other character stands for
   * itself.
   */
  private readEscaped(): void {
    const lineBreak = /^\r?\n/.exec(this.text.slice(this.position, this.position + 2))?.[0];
    if (lineBreak !== undefined) {
      this.position += lineBreak.length;
      return;
    }
    this.add(this.text[this.position] ?? '\\');
    this.position += 1;
  }

  private readDollar(): void {
    const next = this.text[this.position];
    if (next === "'") {
      this.position += 1;
      this.add(this.readAnsiQuoted());
    } else if (next === '"') {
      this.position += 1;
      this.add(this.readDoubleQuoted());
    } else {
      this.refuseExpansion();
      this.add('$');
    }
  }

  /** @throws UsageError if the `$` before the position starts an expansion. */
  private refuseExpansion(): void {
    const expansion = /^(?:[A-Za-z_]\w*|[{(][^})\s]*[})]?|[0-9@*#?$!-])/.exec(this.text.slice(this.position))?.[0];
    if (expansion !== undefined) throw onlyTheShellKnows(`$${expansion.slice(0, 40)}`);
  }

  private readDoubleQuoted(): string {
    let content = '';
    for (;;) {
      const character = this.text[this.position];
      if (character === undefined) throw openQuote('a double quote');
      this.position += 1;
      if (character === '"') return content;
      if (character === '`') throw onlyTheShellKnows('a command in backquotes');
      if (character === '$') this.refuseExpansion();
      if (character !== '\\') {
        content += character;
        continue;
      }
      const next = this.text[this.position] ?? '';
      this.position += next.length;
      if (next === '\n') continue;
      content += /["\\$`]/.test(next) ? next : `\\${next}`;
    }
  }

  private readAnsiQuoted(): string {
    const content: Buffer[] = [];
    for (;;) {
      const rest = this.text.slice(this.position);
      const plain = /^[^'\\]+/.exec(rest)?.[0];
      if (plain !== undefined) {
        content.push(Buffer.from(plain, 'utf8'));
        this.position += plain.length;
        continue;
      }
      if (rest === '') throw openQuote("a $'…' quote");
      if (rest.startsWith("'")) {
        this.position += 1;
        return Buffer.concat(content).toString('utf8');
      }
      const [escape, bytes] = ansiEscape(rest);
      content.push(bytes);
      this.position += escape.length;
    }
  }

  private upTo(end: string, what: string): string {
    const at = this.text.indexOf(end, this.position);
    if (at === -1) throw openQuote(what);
    const content = this.text.slice(this.position, at);
    this.position = at + end.length;
    return content;
  }
}

const ANSI_LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  e: '\u001B',
  E: '\u001B',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/**
 * The escape at the start of a text, and the bytes that it stands for: `\xHH` and octal are bytes, `\u` is a character.
 */
function ansiEscape(text: string): [string, Buffer] {
  const utf8 = (character: string) => Buffer.from(character, 'utf8');
  const letter = ANSI_LETTERS[text[1] ?? ''];
  if (letter !== undefined) return [text.slice(0, 2), utf8(letter)];
  const [hex, hexDigits] = /^\\x([0-9A-Fa-f]{1,2})/.exec(text) ?? [];
  if (hex !== undefined && hexDigits !== undefined) return [hex, Buffer.from([Number.parseInt(hexDigits, 16)])];
  const [octal, octalDigits] = /^\\([0-7]{1,3})/.exec(text) ?? [];
  if (octal !== undefined && octalDigits !== undefined) {
    return [octal, Buffer.from([Number.parseInt(octalDigits, 8) & 0xff])];
  }
  // Browsers write an emoji as two \u escapes, the two halves of a surrogate pair.
  const [pair, high, low] = /^\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/i.exec(text) ?? [];
  if (pair !== undefined) return [pair, utf8(String.fromCharCode(Number(`0x${high}`), Number(`0x${low}`)))];
  const [unicode, short, long] = /^\\(?:u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8}))/.exec(text) ?? [];
  const point = Number.parseInt(short ?? long ?? '', 16);
  if (unicode !== undefined && point <= 0x10_ff_ff) return [unicode, utf8(String.fromCodePoint(point))];
  const [control] = /^\\c[@-_a-z]/.exec(text) ?? [];
  if (control !== undefined) return [control, Buffer.from([control.charCodeAt(2) & 0x1f])];
  // An unknown escape keeps its backslash.
  return ['\\', utf8('\\')];
}

/**
 * cmd.exe's carets are removed first: before a line break they continue the line, otherwise they escape the next
 * character.
 */
function cmdWords(text: string): string[] {
  const plain = text.replaceAll(
    /\^(\r?\n)(\r?\n)?|\^([^\r\n])/g,
    (_match, _break, second?: string, escaped?: string) => (escaped === undefined ? (second ?? ' ') : escaped),
  );
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let position = 0; position < plain.length; position += 1) {
    const character = plain[position]!;
    if (character === '\\' && plain[position + 1] === '"') {
      word = `${word ?? ''}"`;
      position += 1;
    } else if (character === '"') {
      isQuoted = !isQuoted;
      word ??= '';
    } else if (!isQuoted && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (isQuoted) throw openQuote('a double quote');
  if (word !== undefined) words.push(word);
  return words;
}

function openQuote(what: string): UsageError {
  return new UsageError(`The curl command ends inside ${what}; paste all of it`);
}

function onlyTheShellKnows(what: string): UsageError {
  return new UsageError(`The curl command contains ${what}, which only a shell can expand; replace it with its value`);
}
