/** How to use an order's `payData`. Source: protocol §8 and §9. */
export const PAY_DATA_TYPES = ['payUrl', 'form', 'wxapp', 'aliapp', 'ysfapp', 'codeUrl', 'codeImgUrl', 'none'] as const;

export type PayDataType = (typeof PAY_DATA_TYPES)[number];

/**
 * The type in this package's spelling: the documents say payUrl, the platform returns payurl. An unknown value is
 * returned unchanged.
 */
export function toPayDataType(word: string): PayDataType | (string & {}) {
  return PAY_DATA_TYPES.find((known) => known.toLowerCase() === word.toLowerCase()) ?? word;
}

export function isKnownPayDataType(word: string): word is PayDataType {
  return PAY_DATA_TYPES.some((known) => known === word);
}
