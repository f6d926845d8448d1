/**
 * Unintended changes that programs make to a value. Each function returns the texts that may have been signed instead,
 * or none. None of them throws.
 */
export type Rewriting = (text: string) => readonly string[];

/** The signed text, if this one was URL-decoded once too often. */
export const encodedTexts: Rewriting = (text) => {
  if (!NEEDS_ENCODING.test(text)) return [];
  const component = encode(encodeURIComponent, text);
  const form = component.replaceAll('%20', '+').replace(/[!'()~]/g, percent);
  return [
    component,
    form,
    form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    encode(encodeURI, text),
    // A value that held one kind of escape, decoded twice.
    text.replaceAll('%', '%25'),
    text.replaceAll('+', '%2B'),
    text.replaceAll(' ', '%20'),
    text.replaceAll('&', '%26'),
    text.replaceAll('=', '%3D'),
  ];
};

/** The signed text, if this one is still URL-encoded. */
export const decodedTexts: Rewriting = (text) => {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return [];
  const once = encode(decodeURIComponent, text);
  return [once, encode(decodeURIComponent, text.replaceAll('+', ' ')), encode(decodeURIComponent, once)];
};

const NEEDS_ENCODING = /[^A-Za-z0-9_.~*'()!-]/;

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function encode(code: (text: string) => string, text: string): string {
  try {
    return code(text);
  } catch {
    return text; // half a surrogate pair, or a broken escape
  }
}

/** The default string of an object in JavaScript, PHP, Python, Java and Go. */
export const objectTexts: Rewriting = (text) => {
  const value = parsed(text);
  if (value === undefined) return [];
  if (Array.isArray(value)) return [javaScriptText(value), 'Array'];
  const members = Object.entries(value).map(([name, member]) => [name, javaScriptText(member)] as const);
  return [
    '[object Object]',
    'Array',
    `{${members.map(([name, member]) => `'${name}': '${member}'`).join(', ')}}`,
    `{${members.map(([name, member]) => `${name}=${member}`).join(', ')}}`,
    `map[${members
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${name}:${member}`)
      .join(' ')}]`,
  ];
};

/** The same JSON as other libraries write it: different member order, spacing or escaping. */
export const jsonTexts: Rewriting = (text) => {
  const value = parsed(text);
  if (value === undefined) return [];
  const compact = JSON.stringify(value);
  const spaced = compact.replace(STRING_OR_MARK, (part) => (part === ':' || part === ',' ? `${part} ` : part));
  return [
    compact,
    spaced,
    JSON.stringify(sortedMembers(value)),
    escapedBeyondAscii(spaced),
    escapedBeyondAscii(compact),
    compact.replaceAll('/', '\\/'),
    escapedBeyondAscii(compact).replaceAll('/', '\\/'),
    compact.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
    JSON.stringify(value, null, 2),
    JSON.stringify(text),
    ...(Array.isArray(value) ? [] : reordered(Object.entries(value)).map((it) => JSON.stringify(it))),
  ];
};

const STRING_OR_MARK = /"(?:[^"\\]|\\.)*"|[:,]/g;
const MAX_JSON_LENGTH = 1_000;
/** Four members have 24 orders; with more members only the reversed order is tried. */
const MAX_REORDERED = 4;

function parsed(text: string): object | undefined {
  if (!/^\s*[{[]/.test(text) || text.length > MAX_JSON_LENGTH) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function javaScriptText(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => javaScriptText(member ?? '')).join(',');
  return typeof value === 'object' && value !== null ? '[object Object]' : String(value);
}

function sortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sortedMembers(member)]));
}

function reordered(members: readonly [string, unknown][]): object[] {
  const orders = members.length <= MAX_REORDERED ? permutations(members) : [members.toReversed()];
  return orders.map((order) => Object.fromEntries(order));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

function escapedBeyondAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A number as other programs write it. */
export const numberTexts: Rewriting = (text) => {
  if (!/^-?\d{1,16}(\.\d{1,16})?$/.test(text)) return [];
  const number = Number(text);
  return [String(number), javaDouble(number), goDouble(number), number.toFixed(2)];
};

function javaDouble(number: number): string {
  if (Math.abs(number) < 1e7) return Number.isInteger(number) ? `${number}.0` : String(number);
  const [digits = '', exponent = ''] = number.toExponential().split('e+');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent}`;
}

function goDouble(number: number): string {
  if (Math.abs(number) < 1e6) return String(number);
  const [digits = '', exponent = ''] = number.toExponential().split('e+');
  return `${digits}e+${exponent.padStart(2, '0')}`;
}

/** An amount in major units for one in minor units, and back. */
export const amountTexts: Rewriting = (text) => {
  if (!/^\d{1,13}(\.\d{1,2})?$/.test(text)) return [];
  const amount = Number(text);
  const major = amount / 100;
  return [String(major), major.toFixed(2), javaDouble(major), String(Math.round(amount * 100))];
};

/** A time in s for one in ms, and back. */
export const timeTexts: Rewriting = (text) => {
  if (/^\d{13}$/.test(text)) return [text.slice(0, 10), `${text.slice(0, 10)}000`, `${text}000`];
  return /^\d{10}$/.test(text) ? [`${text}000`] : [];
};

/** UTF-8 read as Latin-1, and back. */
export const misreadTexts: Rewriting = (text) => {
  if (!hasBeyondAscii(text)) return [];
  return [Buffer.from(text, 'latin1').toString('utf8'), Buffer.from(text, 'utf8').toString('latin1')];
};

export function hasBeyondAscii(text: string): boolean {
  return /[\u0080-\uffff]/.test(text);
}
