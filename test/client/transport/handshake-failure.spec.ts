import { expect, it } from '@jest/globals';
import { isHandshakeFailure } from '../../../lib/client/transport/handshake-failure.js';

const ALERTS = [
  'HANDSHAKE_FAILURE',
  'PROTOCOL_VERSION',
  'INSUFFICIENT_SECURITY',
  'UNRECOGNIZED_NAME',
  'NO_APPLICATION_PROTOCOL',
  'UNKNOWN_CA',
  'BAD_CERTIFICATE',
  'UNSUPPORTED_CERTIFICATE',
  'CERTIFICATE_REQUIRED',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_UNKNOWN',
];

it.each([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'HOSTNAME_MISMATCH',
])('the certificate is rejected before anything is sent: %s', (code) => {
  expect(isHandshakeFailure(code)).toBe(true);
});

it.each(ALERTS)('the other side rejects the handshake without reading the request: %s', (alert) => {
  for (const version of ['SSLV3', 'TLSV1', 'TLSV13']) {
    expect(isHandshakeFailure(`ERR_SSL_${version}_ALERT_${alert}`)).toBe(true);
    expect(isHandshakeFailure(`ERR_SSL_${version}_${alert}`)).toBe(true);
  }
});

it.each(['WRONG_VERSION_NUMBER', 'UNSUPPORTED_PROTOCOL', 'NO_PROTOCOLS_AVAILABLE'])(
  'both sides have no TLS version in common: %s',
  (reason) => {
    expect(isHandshakeFailure(`ERR_SSL_${reason}`)).toBe(true);
  },
);

it.each([
  undefined,
  5,
  ['CERT_HAS_EXPIRED'],
  '',
  'ECONNRESET',
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
  'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
  'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA_2',
  'NOT_ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_WRONG_VERSION_NUMBER_2',
  'NOT_ERR_SSL_WRONG_VERSION_NUMBER',
  'NOT_CERT_HAS_EXPIRED',
  'HOSTNAME_MISMATCH_2',
])('a request may have been sent before %p', (code) => {
  expect(isHandshakeFailure(code)).toBe(false);
});
