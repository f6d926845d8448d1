/** The channel that the sandbox has behind it, by the name of the one that was recorded. */
export const CHANNEL = 'plspay';

export const UPSTREAM_RESULTS = ['paid', 'declined', 'refused', 'broken'] as const;

/**
 * What the channel makes of a create: `paid` at once where the payer's code was scanned, `declined` (which is also what
 * comes of a wrong signature of the channel), `refused` with a reason, or `broken`: it fails without saying anything,
 * and may have the payment all the same.
 *
 * Source: protocol §10, state 3 is not "not paid".
 */
export type UpstreamResult = (typeof UPSTREAM_RESULTS)[number];

/** What the gateway tells of a channel's failure. */
export const UPSTREAM_ERRORS: Readonly<
  Record<Exclude<UpstreamResult, 'paid'>, { readonly errCode?: string; readonly errMsg?: string }>
> = {
  declined: { errCode: '0', errMsg: 'SUCCESS' },
  refused: { errCode: '9999', errMsg: '上游拒绝' },
  broken: {},
};
