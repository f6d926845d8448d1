import { randomBytes } from 'node:crypto';
import { stringify } from 'lossless-json';
import { sign } from 'nestjs-pass2pay/protocol';
import type { ResponseData } from '../orders/entry-data.js';
import type { SignatureCheck } from './signature-check.js';

/** What comes of a request that no check refused. */
export interface Outcome {
  /** Undefined: the gateway answers with an empty body. */
  readonly data?: ResponseData;
  /** The response waits for it. */
  readonly before?: Promise<void>;
  /** Done once the response is sent. */
  readonly afterwards?: () => void;
}

/** What the gateway answers, before it is signed and written. `secret` signs `data`. */
export interface GatewayResponse {
  code: number;
  msg: string;
  data?: ResponseData;
  secret?: string;
  /** Nothing is written: HTTP 200 with an empty body. */
  isEmpty?: boolean;
  /** The response waits for it. */
  before?: Promise<void>;
  /** Done once the response is sent. */
  afterwards?: () => void;
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

export function succeed({ data, before, afterwards }: Outcome, secret: string): GatewayResponse {
  return { code: 0, msg: 'SUCCESS', data, secret, isEmpty: data === undefined, before, afterwards };
}

export function refuse(refusal: GatewayRefusal): GatewayResponse {
  const { code, message: msg, signatureCheck } = refusal;
  return { code, msg, ...(signatureCheck && { signatureCheck }) };
}

/** How an envelope is written: as the dialect has it, and as a fault spoils it. */
export interface EnvelopeStyle {
  hasTraceId: boolean;
  sign?: 'wrong' | 'missing';
  data?: 'missing';
}

/** The JSON text of an answer, members in the alphabetical order of the documented samples. Source: protocol §3. */
export function writeEnvelope(response: GatewayResponse, style: EnvelopeStyle): string {
  const data = response.data && style.data !== 'missing' ? sortedMembers(response.data) : undefined;
  const signature = data && response.secret && style.sign !== 'missing' ? sign(data, response.secret) : undefined;
  return (
    stringify({
      code: response.code,
      data,
      msg: response.msg,
      sign: signature && style.sign === 'wrong' ? spoil(signature) : signature,
      traceId: style.hasTraceId ? randomBytes(16).toString('hex') : undefined,
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
