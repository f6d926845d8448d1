/** A certificate that this side rejects before it sends anything. */
const CERTIFICATE_REFUSED = /^(ERR_TLS_CERT_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$)/;

/**
 * The other side's alert about this side's certificate or offer. With TLS 1.3 it arrives after the request has been
 * written, but the request was not read.
 */
const ALERT =
  /^ERR_SSL_(SSLV3|TLSV1|TLSV13)_(ALERT_)?(HANDSHAKE_FAILURE|PROTOCOL_VERSION|INSUFFICIENT_SECURITY|UNRECOGNIZED_NAME|NO_APPLICATION_PROTOCOL|UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REQUIRED|EXPIRED|REVOKED|UNKNOWN))$/;

/** The other side does not support TLS, or no version that this side supports. */
const NO_COMMON_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE)$/;

/**
 * Whether an error's code means that the TLS handshake failed. Other TLS errors can occur while a request is in flight.
 */
export function isHandshakeFailure(code: unknown): boolean {
  return typeof code === 'string' && [CERTIFICATE_REFUSED, ALERT, NO_COMMON_TLS].some((kind) => kind.test(code));
}
