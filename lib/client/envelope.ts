import { matchingSecret } from '../protocol/signature/verify.js';
import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PaySignatureError,
  type Pass2PayErrorDetails,
} from '../errors/pass2pay.errors.js';
import { explain } from '../protocol/gateway-messages.js';
import { maskPersonal } from '../protocol/mask-personal.js';
import {
  isWireObject,
  numberLiteral,
  parseWireObject,
  plain,
  signable,
  type WireObject,
} from '../protocol/wire-json.js';

/** What a successful answer holds, after its signature was verified. */
export interface VerifiedResponse {
  data: Record<string, unknown>;
  /** Which of the secrets signed it. */
  secretIndex: number;
  traceId?: string;
}

/**
 * Reads the envelope `{ code, msg, data, sign, traceId }` and gives out `data` only if its signature verifies.
 *
 * Source: protocol §3.
 *
 * @param params what was sent; a refusal's words are masked where they repeat what it says of a person
 * @throws Pass2PayConnectionError when the text is no envelope.
 * @throws Pass2PayApiError when `code` is not 0.
 * @throws Pass2PaySignatureError when the signature over `data` is missing or wrong, or `data` is missing.
 */
export function openEnvelope(
  text: string,
  secrets: readonly string[],
  { params, order: about }: { params: Readonly<Record<string, unknown>>; order: Pass2PayErrorDetails },
): VerifiedResponse {
  const envelope = parseEnvelope(text, about);
  const traceId = typeof envelope.traceId === 'string' ? envelope.traceId : undefined;
  const details = traceId === undefined ? about : { ...about, traceId };
  const code = Number(numberLiteral(envelope.code));
  if (!Number.isInteger(code)) throw badResponse('has no numeric code', details);
  if (code !== 0) {
    const words = maskPersonal(typeof envelope.msg === 'string' ? envelope.msg : '', params);
    throw new Pass2PayApiError(code, words, explain(words).explanation, details);
  }
  const { data } = envelope;
  if (!isWireObject(data)) {
    throw new Pass2PaySignatureError(
      'The gateway answered success without data, which no signature covers. Query the order to learn its state.',
      details,
    );
  }
  const secretIndex = matchingSecret(signable(data), envelope.sign, secrets);
  if (secretIndex === -1) throw unverified(envelope.sign, data, details);
  return { data: plain(data), secretIndex, ...(traceId !== undefined && { traceId }) };
}

/** An answer that cannot be what the gateway meant to say. */
export function badResponse(
  what: string,
  about: Pass2PayErrorDetails & { httpStatus?: number },
): Pass2PayConnectionError {
  return new Pass2PayConnectionError(
    'PASS2PAY_BAD_RESPONSE',
    `The gateway's answer ${what}. It may have acted on the request: query the order before you repeat or replace it.`,
    { ...about, requestSent: true },
  );
}

function parseEnvelope(text: string, about: Pass2PayErrorDetails): WireObject {
  try {
    return parseWireObject(text);
  } catch (cause) {
    throw badResponse(`is not the JSON object that it should be (${text.length} characters)`, { ...about, cause });
  }
}

function unverified(sign: unknown, data: WireObject, about: Pass2PayErrorDetails): Pass2PaySignatureError {
  const nested = Object.entries(data).find(([, value]) => isWireObject(value))?.[0];
  const why =
    sign === undefined
      ? 'carries no signature'
      : nested === undefined
        ? 'has a wrong signature; check that baseUrl is the gateway and that the secret is the app’s current one'
        : `has a signature that cannot be verified, because ${nested} is an object whose signed text is not known`;
  return new Pass2PaySignatureError(
    `The gateway's answer ${why}. Nothing of it was used; query the order to learn its state.`,
    about,
  );
}
