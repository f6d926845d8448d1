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

/** What a successful response holds, after its signature was verified. */
export interface VerifiedResponse {
  data: Record<string, unknown>;
  /** Which of the secrets signed it. */
  secretIndex: number;
  traceId?: string;
}

/**
 * Gives out the data of a response only if its signature verifies.
 *
 * @param request what was sent: what the gateway's words repeat of it is not shown
 * @throws Pass2PayConnectionError when the text is no envelope.
 * @throws Pass2PayApiError when `code` is not 0.
 * @throws Pass2PaySignatureError when the signature over `data` is missing or wrong, or `data` is missing.
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
        `The gateway answered success without data, which no signature covers. ${remedyAfterSending(about, 'It')}`,
        about,
      );
    case 'unverified':
      throw new Pass2PaySignatureError(
        `The gateway's response ${whyUnverified(envelope)}. Nothing of it was used. ${remedyAfterSending(about)}`,
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
  return `is not the JSON object that it should be: ${kind}`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function whyUnverified({ hasSign, nestedField }: Extract<Envelope, { kind: 'unverified' }>): string {
  if (!hasSign) return 'carries no signature';
  return nestedField === undefined
    ? 'has a wrong signature; check that baseUrl is the gateway and that the secret is the app’s current one'
    : `has a signature that cannot be verified, because ${gatewayWords(nestedField)} is an object whose signed text is not known`;
}
