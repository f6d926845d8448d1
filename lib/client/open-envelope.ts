import {
  Pass2PayApiError,
  Pass2PaySignatureError,
  remedyAfterSending,
  type Pass2PayErrorDetails,
} from '../errors/pass2pay.errors.js';
import { readEnvelope, type Envelope } from '../protocol/envelope.js';
import { explain } from '../protocol/gateway-messages.js';
import { gatewayWords, shownTraceId } from '../protocol/gateway-words.js';
import { badResponse } from './bad-response.js';
import type { Message, ReceivedText } from './call.js';

/** The content of a successful response with a verified signature. */
export interface VerifiedResponse {
  data: Record<string, unknown>;
  /** Index of the secret that signed it. */
  secretIndex: number;
  traceId?: string;
}

/**
 * Returns the data of a response only if its signature is valid.
 *
 * @param request what was sent; errors do not show what the gateway's message repeats of it
 * @throws Pass2PayConnectionError when the text is not an envelope.
 * @throws Pass2PayApiError when `code` is not 0.
 * @throws Pass2PaySignatureError when the signature over `data` is missing or invalid, or `data` is missing.
 */
export function openEnvelope(
  { text, status }: ReceivedText,
  secrets: readonly string[],
  { request, order }: { request: Message; order: Pass2PayErrorDetails },
): VerifiedResponse {
  const envelope = readEnvelope(text, secrets);
  if (envelope.kind === 'not-json') {
    const cause = new SyntaxError(gatewayWords(messageOf(envelope.cause), request));
    throw badResponse(`${whatIs(text)} (HTTP status ${status})`, { ...order, cause, httpStatus: status });
  }
  const traceId = envelope.traceId === undefined ? undefined : shownTraceId(envelope.traceId, request);
  const about = traceId === undefined ? order : { ...order, traceId };
  switch (envelope.kind) {
    case 'no-code':
      throw badResponse(`has no numeric code (HTTP status ${status})`, { ...about, httpStatus: status });
    case 'refused': {
      const words = gatewayWords(envelope.message, request);
      throw new Pass2PayApiError(envelope.code, words, explain(envelope.message).explanation, about);
    }
    case 'no-data':
      throw new Pass2PaySignatureError(
        `The gateway reported success without data, which is not signed. ${remedyAfterSending(about, 'It')}`,
        about,
      );
    case 'unverified':
      throw new Pass2PaySignatureError(
        `The gateway's response ${whyUnverified(envelope)}. It was discarded. ${remedyAfterSending(about)}`,
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

function whatIs(text: string): string {
  if (text.trim() === '') return 'is empty';
  const kind = text.trimStart().startsWith('<') ? 'HTML or XML' : `${text.length} characters`;
  return `is not a JSON object: ${kind}`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function whyUnverified({ hasSign, nestedField }: Extract<Envelope, { kind: 'unverified' }>): string {
  if (!hasSign) return 'has no signature';
  return nestedField === undefined
    ? 'has an invalid signature; check that baseUrl is the gateway and that the secret is the app’s current one'
    : `has a signature that cannot be verified, because ${gatewayWords(nestedField)} is an object whose signed text is not known`;
}
