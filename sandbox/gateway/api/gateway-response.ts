import { randomBytes } from 'node:crypto';
import { stringify } from 'lossless-json';
import { sign } from 'nestjs-pass2pay/protocol';
import type { SignatureCheck } from './signature-check.js';

/** The members of an answer's `data`; those that are undefined are left out, `""` stays and is not signed. */
export type ResponseData = Record<string, string | number | undefined>;

/** What the gateway answers, before it is signed and written. `secret` signs `data`. */
export interface GatewayResponse {
  code: number;
  msg: string;
  data?: ResponseData;
  secret?: string;
  /** For the journal, not for the wire: why the request's signature was refused. */
  signatureCheck?: SignatureCheck;
}

/**
 * The gateway says no: HTTP 200 with this code and message, without data and sign.
 *
 * Source: protocol §2.
 */
export class GatewayRefusal extends Error {
  readonly code: number;
  readonly signatureCheck?: SignatureCheck;

  constructor(msg: string, code = 9999, signatureCheck?: SignatureCheck) {
    super(msg);
    this.name = 'GatewayRefusal';
    this.code = code;
    this.signatureCheck = signatureCheck;
  }
}

export function succeed(data: ResponseData, secret: string): GatewayResponse {
  return { code: 0, msg: 'SUCCESS', data, secret };
}

export function refuse(refusal: GatewayRefusal): GatewayResponse {
  const { code, message: msg, signatureCheck } = refusal;
  return { code, msg, ...(signatureCheck && { signatureCheck }) };
}

/** How a fault spoils the envelope of an answer. */
export interface EnvelopeFlaws {
  sign?: 'wrong' | 'missing';
  data?: 'missing';
}

/** The JSON text of an answer, members in the alphabetical order of the documented samples. Source: protocol §3. */
export function writeEnvelope(response: GatewayResponse, flaws: EnvelopeFlaws = {}): string {
  const data = response.data && flaws.data !== 'missing' ? sortedMembers(response.data) : undefined;
  const signature = data && response.secret && flaws.sign !== 'missing' ? sign(data, response.secret) : undefined;
  return (
    stringify({
      code: response.code,
      data,
      msg: response.msg,
      sign: signature && flaws.sign === 'wrong' ? spoil(signature) : signature,
      traceId: randomBytes(16).toString('hex'),
    }) ?? ''
  );
}

function sortedMembers(data: ResponseData): ResponseData {
  const present = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function spoil(signature: string): string {
  return (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
}
