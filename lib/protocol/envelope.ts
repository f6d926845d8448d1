import { matchingSecret } from './signature/verify.js';
import { isWireObject, numberLiteral, parseWireObject, plain, signable, type WireObject } from './wire-json.js';

/** The kinds of gateway response. */
export type Envelope =
  /** The text is not a JSON object. */
  | { kind: 'not-json'; cause: unknown }
  /** There is no integer `code`. */
  | { kind: 'no-code'; traceId: string | undefined }
  /** The gateway refused the request; `message` is the gateway's text, or `''`. It is not signed. */
  | { kind: 'refused'; code: number; message: string; traceId: string | undefined }
  /** A success without `data`, which is not signed. */
  | { kind: 'no-data'; traceId: string | undefined }
  /** A success whose `sign` is missing or matches none of the secrets, or whose signed text is not known. */
  | { kind: 'unverified'; hasSign: boolean; nestedField: string | undefined; traceId: string | undefined }
  /** A success signed with the secret at this index. */
  | { kind: 'verified'; data: Record<string, unknown>; secretIndex: number; traceId: string | undefined };

/**
 * Reads the envelope `{ code, msg, data, sign, traceId }`; any text gives a result. Source: protocol §3.
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

/** A field that is an object: its signed text is not known. */
function nestedFieldOf(data: WireObject): string | undefined {
  return Object.entries(data).find(([, value]) => isWireObject(value))?.[0];
}
