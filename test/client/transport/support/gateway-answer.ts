import { sign } from '../../../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../../../support/test-merchant.js';

const DATA = { a: '1' };

/** What the gateway answers to any call of these tests. */
export const ANSWER = JSON.stringify({ code: 0, msg: 'SUCCESS', data: DATA, sign: sign(DATA, MERCHANT.secrets) });

/** The same as the bytes of an HTTP/1.1 response. */
export const RAW_ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(ANSWER)}\r\n\r\n${ANSWER}`;
