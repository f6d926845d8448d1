/**
 * The text under which Java's `String.CASE_INSENSITIVE_ORDER` compares: each UTF-16 unit put into upper case and then
 * into lower case by its one-to-one mapping. Two texts stand in Java's order exactly when these stand in JavaScript's.
 */
export function javaFold(text: string): string {
  return ASCII_ONLY.test(text) ? text.toLowerCase() : foldUnits(text);
}

// oxlint-disable-next-line no-control-regex -- the whole ASCII range is meant
const ASCII_ONLY = /^[\x00-\x7f]*$/;

function foldUnits(text: string): string {
  let folded = '';
  for (let i = 0; i < text.length; i++) folded += foldUnit(text.charAt(i));
  return folded;
}

function foldUnit(unit: string): string {
  const upper = oneToOne(unit.toUpperCase(), unit);
  return oneToOne(upper.toLowerCase(), upper);
}

/** Java maps a `char` to one `char`; where JavaScript's full mapping gives several (ß to SS), Java keeps the unit. */
function oneToOne(mapped: string, unit: string): string {
  if (mapped.length === 1) return mapped;
  // The one unit with both: İ lowers to i and a combining dot in JavaScript, to i alone in Java.
  return unit === 'İ' ? 'i' : unit;
}
