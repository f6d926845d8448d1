/** The sandbox's channel, named like the recorded one. */
export const CHANNEL = 'plspay';

export const UPSTREAM_RESULTS = ['paid', 'declined', 'refused', 'broken'] as const;

/**
 * The channel's result of a create: `paid` immediately if the payer's code was scanned, `declined` (also the result if
 * the channel's signature is wrong), `refused` with a reason, or `broken`: it fails without a reason, and may have the
 * payment nevertheless.
 *
 * Source: protocol §10, state 3 is not "not paid".
 */
export type UpstreamResult = (typeof UPSTREAM_RESULTS)[number];

/** The gateway's error fields for a failure of the channel. */
export const UPSTREAM_ERRORS: Readonly<
  Record<Exclude<UpstreamResult, 'paid'>, { readonly errCode?: string; readonly errMsg?: string }>
> = {
  declined: { errCode: '0', errMsg: 'SUCCESS' },
  refused: { errCode: '9999', errMsg: '上游拒绝' },
  broken: {},
};
