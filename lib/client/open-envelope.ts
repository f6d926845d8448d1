import { Pass2PayApiError, Pass2PaySignatureError, type Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import { readEnvelope, type Envelope } from '../protocol/envelope.js';
import { explain } from '../protocol/gateway-messages.js';
import { maskPersonal } from '../protocol/mask-personal.js';
import { badResponse } from './bad-response.js';

/** What a successful answer holds, after its signature was verified. */
export interface VerifiedResponse {
  data: Record<string, unknown>;
  /** Which of the secrets signed it. */
  secretIndex: number;
  traceId?: string;
}

/**
 * Gives out the data of a response only if its signature verifies.
 *
 * @param params what was sent; a refusal's words are masked where they repeat what it says of a person
 * @throws Pass2PayConnectionError when the text is no envelope.
 * @throws Pass2PayApiError when `code` is not 0.
 * @throws Pass2PaySignatureError when the signature over `data` is missing or wrong, or `data` is missing.
 */
export function openEnvelope(
  text: string,
  secrets: readonly string[],
  { params, order }: { params: Readonly<Record<string, unknown>>; order: Pass2PayErrorDetails },
): VerifiedResponse {
  const envelope = readEnvelope(text, secrets);
  if (envelope.kind === 'not-json') {
    const what = `is not the JSON object that it should be (${text.length} characters)`;
    throw badResponse(what, { ...order, cause: envelope.cause });
  }
  const { traceId } = envelope;
  const about = traceId === undefined ? order : { ...order, traceId };
  switch (envelope.kind) {
    case 'no-code':
      throw badResponse('has no numeric code', about);
    case 'refused': {
      const words = maskPersonal(envelope.message, params);
      throw new Pass2PayApiError(envelope.code, words, explain(words).explanation, about);
    }
    case 'no-data':
      throw new Pass2PaySignatureError(
        'The gateway answered success without data, which no signature covers. Query the order to learn its state.',
        about,
      );
    case 'unverified':
      throw new Pass2PaySignatureError(
        `The gateway's answer ${whyUnverified(envelope)}. Nothing of it was used; query the order to learn its state.`,
        about,
      );
    case 'verified': {
      const { data, secretIndex } = envelope;
      return { data, secretIndex, ...(traceId !== undefined && { traceId }) };
    }
    default:
      return envelope satisfies never;
  }
}

function whyUnverified({ hasSign, nestedField }: Extract<Envelope, { kind: 'unverified' }>): string {
  if (!hasSign) return 'carries no signature';
  return nestedField === undefined
    ? 'has a wrong signature; check that baseUrl is the gateway and that the secret is the app’s current one'
    : `has a signature that cannot be verified, because ${nestedField} is an object whose signed text is not known`;
}
