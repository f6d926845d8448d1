/**
 * The text that Java's `String.CASE_INSENSITIVE_ORDER` compares: each UTF-16 unit mapped one-to-one to upper case and
 * then to lower case. Two texts are in Java's order exactly when their folded forms are in JavaScript's order.
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

/** Java maps one `char` to one `char`; if JavaScript's full mapping gives several (ß to SS), Java keeps the unit. */
function oneToOne(mapped: string, unit: string): string {
  if (mapped.length === 1) return mapped;
  // The only exception: İ becomes i and a combining dot in JavaScript, but only i in Java.
  return unit === 'İ' ? 'i' : unit;
}
