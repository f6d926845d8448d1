/** A target and its measurement: a number, or the median of the ratios per round with its quartiles. */
const target = (what, measured, isMet, unit = '×') => {
  const { median, low, high } = typeof measured === 'number' ? { median: measured } : measured;
  return { what, measured: median, low, high, unit, isMet: isMet(median) };
};

export const atMost = (what, wanted, measured) =>
  target(`≤ ${wanted} × ${what}`, measured, (median) => median <= wanted);
export const atLeast = (what, wanted, measured) =>
  target(`≥ ${wanted} × ${what}`, measured, (median) => median >= wanted);
export const noMore = (what, wanted, unit, measured) =>
  target(`≤ ${wanted} ${unit} ${what}`, measured, (median) => median <= wanted, unit);
