/** The start of Unicode's symbols for control characters, which are in the same order. */
const PICTURES_START = 0x2400;
const DELETE = 0x7f;

const CONTROLS = (
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI ' +
  'DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'
).split(' ');

const NAMED: Readonly<Record<string, string>> = {
  '\u00a0': 'NBSP',
  '\u2028': 'LS',
  '\u2029': 'PS',
  '\u200b': 'ZWSP',
  '\u200e': 'LRM',
  '\u200f': 'RLM',
  '\ufeff': 'BOM',
};

/** A part of a text. */
export interface VisiblePiece {
  readonly text: string;
  /** The name of the invisible characters that the part stands for: `LF`, `BOM`, `U+200D`. */
  readonly name?: string;
}

/**
 * A text with visible marks for invisible characters: `SUCCESS\n` becomes `SUCCESS` and the mark `␊`. Control
 * characters, spaces at the ends, and characters that are invisible or reverse the direction of writing become marks;
 * inner spaces stay. The line breaks after the mark of a line feed, except at the end of the text.
 */
export function visiblePieces(text: string): VisiblePiece[] {
  const pieces: VisiblePiece[] = [];
  let from = 0;
  for (const match of text.matchAll(/^ +| +$|[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u00a0\u3000\ufffd]/gu)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    pieces.push(markOf(match[0]));
    if (match[0] === '\n' && from < text.length) pieces.push({ text: '\n' });
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

function markOf(characters: string): VisiblePiece {
  if (characters.startsWith(' ')) return { text: '␠'.repeat(characters.length), name: 'SP'.repeat(characters.length) };
  const code = characters.codePointAt(0) ?? 0;
  const control = CONTROLS[code];
  if (control !== undefined) return { text: String.fromCodePoint(PICTURES_START + code), name: control };
  if (code === DELETE) return { text: '␡', name: 'DEL' };
  const name = NAMED[characters] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return { text: `[${name}]`, name };
}
