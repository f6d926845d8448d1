import { matchingSecret } from './signature/verify.js';
import { isWireObject, numberLiteral, parseWireObject, plain, signable, type WireObject } from './wire-json.js';

/** What a response of the gateway is. */
export type Envelope =
  /** The text is no JSON object. */
  | { kind: 'not-json'; cause: unknown }
  /** There is no integer `code`. */
  | { kind: 'no-code'; traceId: string | undefined }
  /** The gateway refused the request; `message` is in its own words, `''` where it gives none. No signature covers it. */
  | { kind: 'refused'; code: number; message: string; traceId: string | undefined }
  /** A success without `data`, which no signature covers. */
  | { kind: 'no-data'; traceId: string | undefined }
  /** A success whose `sign` is missing or fits none of the secrets, or that no known text is signed of. */
  | { kind: 'unverified'; hasSign: boolean; nestedField: string | undefined; traceId: string | undefined }
  /** A success that the secret of this index signed. */
  | { kind: 'verified'; data: Record<string, unknown>; secretIndex: number; traceId: string | undefined };

/**
 * Reads the envelope `{ code, msg, data, sign, traceId }`; whatever the text is, the result says so. Source: protocol §3.
 *
 * @throws TypeError when there is no secret.
 */
export function readEnvelope(text: string, secrets: readonly string[]): Envelope {
  let envelope: WireObject;
  try {
    envelope = parseWireObject(text);
  } catch (cause) {
    return { kind: 'not-json', cause };
  }
  const { data, sign } = envelope;
  const traceId = typeof envelope.traceId === 'string' ? envelope.traceId : undefined;
  const code = Number(numberLiteral(envelope.code));
  if (!Number.isInteger(code)) return { kind: 'no-code', traceId };
  if (code !== 0) {
    return { kind: 'refused', code, message: typeof envelope.msg === 'string' ? envelope.msg : '', traceId };
  }
  if (!isWireObject(data)) return { kind: 'no-data', traceId };
  const secretIndex = matchingSecret(signable(data), sign, secrets);
  if (secretIndex === -1) {
    return { kind: 'unverified', hasSign: sign !== undefined, nestedField: nestedFieldOf(data), traceId };
  }
  return { kind: 'verified', data: plain(data), secretIndex, traceId };
}

/** A field that is an object itself: the text that was signed of it is not known. */
function nestedFieldOf(data: WireObject): string | undefined {
  return Object.entries(data).find(([, value]) => isWireObject(value))?.[0];
}
