/** A certificate that this side does not accept, before it sends anything. */
const CERTIFICATE_REFUSED = /^(ERR_TLS_CERT_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$)/;

/**
 * What the other side says of this side's certificate or offer. With TLS 1.3 it comes when the request has been written,
 * and yet nothing of it was read.
 */
const ALERT =
  /^ERR_SSL_(SSLV3|TLSV1|TLSV13)_(ALERT_)?(HANDSHAKE_FAILURE|PROTOCOL_VERSION|INSUFFICIENT_SECURITY|UNRECOGNIZED_NAME|NO_APPLICATION_PROTOCOL|UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REQUIRED|EXPIRED|REVOKED|UNKNOWN))$/;

/** The other side does not speak TLS, or none that this side speaks. */
const NO_COMMON_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE)$/;

/** Whether an error's code says that TLS was never agreed on. Other TLS errors can strike a request under way. */
export function isHandshakeFailure(code: unknown): boolean {
  return typeof code === 'string' && [CERTIFICATE_REFUSED, ALERT, NO_COMMON_TLS].some((kind) => kind.test(code));
}
