import { randomBytes } from 'node:crypto';
import { stringify } from 'lossless-json';
import { sign } from 'nestjs-pass2pay/protocol';
import type { ResponseData } from '../orders/entry-data.js';
import type { SignatureCheck } from './signature-check.js';

/** The outcome of a request that passed all checks. */
export interface Outcome {
  /** Undefined: the gateway responds with an empty body. */
  readonly data?: ResponseData;
  /** The response waits for it. */
  readonly before?: Promise<void>;
  /** Runs after the response is sent. */
  readonly afterwards?: () => void;
}

/** The gateway's response before it is signed and serialised. `secret` signs `data`. */
export interface GatewayResponse {
  code: number;
  msg: string;
  data?: ResponseData;
  secret?: string;
  /** HTTP 200 with an empty body. */
  isEmpty?: boolean;
  /** The response waits for it. */
  before?: Promise<void>;
  /** Runs after the response is sent. */
  afterwards?: () => void;
  /** Why the request's signature was refused; for the journal, not part of the response. */
  signatureCheck?: SignatureCheck;
}

/**
 * The gateway refuses the request: HTTP 200 with this code and message, without data and sign.
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

/** How an envelope is written: by the dialect, and as changed by a fault. */
export interface EnvelopeStyle {
  hasTraceId: boolean;
  sign?: 'wrong' | 'missing';
  data?: 'missing';
}

/**
 * The JSON text of a response, with members in alphabetical order as in the documented samples. Source: protocol §3.
 */
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
