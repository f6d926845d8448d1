/** How an order's `payData` is to be used. Source: protocol §8. */
export const PAY_DATA_TYPES = ['payUrl', 'form', 'codeUrl', 'codeImgUrl', 'none'] as const;

export type PayDataType = (typeof PAY_DATA_TYPES)[number];
