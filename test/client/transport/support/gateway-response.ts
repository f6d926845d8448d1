import { sign } from '../../../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../../../support/test-merchant.js';

const DATA = { a: '1' };

/** What the gateway answers to any call of these tests. */
export const RESPONSE = JSON.stringify({ code: 0, msg: 'SUCCESS', data: DATA, sign: sign(DATA, MERCHANT.secrets) });

/** The same as the bytes of an HTTP/1.1 response. */
export const RAW_RESPONSE = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(RESPONSE)}\r\n\r\n${RESPONSE}`;
