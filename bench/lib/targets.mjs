/** A target, and what was measured of it. */
export const atMost = (what, wanted, measured) => ({
  what: `≤ ${wanted} × ${what}`,
  measured,
  isMet: measured <= wanted,
});
export const atLeast = (what, wanted, measured) => ({
  what: `≥ ${wanted} × ${what}`,
  measured,
  isMet: measured >= wanted,
});
export const noMore = (what, wanted, unit, measured) => ({
  what: `≤ ${wanted} ${unit} ${what}`,
  measured,
  unit,
  isMet: measured <= wanted,
});
