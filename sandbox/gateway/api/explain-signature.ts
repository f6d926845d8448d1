import { stringify } from 'lossless-json';
import {
  canonicalize,
  diagnoseSignature,
  type DiagnosisHints,
  type SignableParams,
  type SignatureDiagnosis,
} from 'nestjs-pass2pay/protocol';
import type { Bean, Endpoint } from '../dialects/dialect.js';
import type { SandboxMerchant } from '../options.js';
import type { RequestParams } from './reading/request-params.js';
import type { SandboxSignatureCause, SignatureCheck } from './signature-check.js';

/** Looks for the cause in the request as received and as the gateway read it. Source: protocol §1 and §2. */
export function explainSignature(
  params: RequestParams,
  bean: Bean,
  endpoint: Endpoint,
  merchant: SandboxMerchant,
  merchants: readonly SandboxMerchant[],
): SignatureCheck {
  const { sign, ...signed } = bean;
  const received = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plainValue(value)]));
  delete received['sign'];
  return {
    canonical: `${shortened(canonicalize(signed), 8_192)}key=********`,
    received: shortened(String(sign), 128),
    causes: findCauses(received, signed, sign, merchant.secret, {
      knownFields: new Set(Object.keys(endpoint.fields)),
      otherSecrets: secretsOfOthers(merchant, merchants),
    }),
  };
}

/** Most clients sign what they sent; some sign what the gateway reads, and make another mistake. */
function findCauses(
  received: SignableParams,
  read: Bean,
  signature: unknown,
  secret: string,
  hints: DiagnosisHints,
): SandboxSignatureCause[] {
  const ofReceived = diagnoseSignature(received, signature, secret, hints);
  if (ofReceived.verifies) return readOtherwise(received, read);
  if (!isUnknown(ofReceived)) return [...ofReceived.causes, ...readOtherwise(received, read)];
  return diagnoseSignature(read, signature, secret, hints).causes;
}

function isUnknown({ causes }: SignatureDiagnosis): boolean {
  return causes.some(({ code }) => code === 'unknown');
}

/** The text of a parameter as received: numbers as their wire literal, objects as their JSON. */
export function paramText(value: unknown): string {
  return typeof value === 'string' ? value : (stringify(value) ?? '');
}

/**
 * Finds parameters that the gateway reads as another text than was sent: a signature over the sent text does not match
 * then.
 */
function readOtherwise(received: SignableParams, bean: Bean): SandboxSignatureCause[] {
  return Object.entries(received).flatMap(([name, value]) => {
    const sent = value === null ? '' : paramText(value);
    const read = bean[name];
    if (sent === '' || read === sent || String(read) === sent) return [];
    return [{ code: 'read-otherwise' as const, message: whyOtherwise(name, read, bean), parameter: name }];
  });
}

function whyOtherwise(name: string, read: string | bigint | undefined, bean: Bean): string {
  if (read !== undefined)
    return `The gateway reads ${name} as ${shortened(String(read), 128)}; send and sign that text.`;
  const known = Object.keys(bean).find((field) => field.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return `The gateway reads ${name} as ${known}; use that name.`;
  return `The gateway does not know ${name} at this endpoint and does not sign it; leave it out of the signature.`;
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** A value that can be signed: a JSON number as its literal, an object as plain JSON. */
function plainValue(value: unknown): string | boolean | null | object {
  if (typeof value === 'boolean' || value === null || typeof value === 'string') return value;
  const text = paramText(value);
  return /^[[{]/.test(text) ? (JSON.parse(text) as object) : text;
}

function secretsOfOthers(
  merchant: SandboxMerchant,
  merchants: readonly SandboxMerchant[],
): Readonly<Record<string, string[]>> {
  const others: Record<string, string[]> = {};
  for (const { mchNo, appId, secret } of merchants) {
    if (mchNo === merchant.mchNo && appId === merchant.appId) continue;
    (others[appId] ??= []).push(secret);
  }
  return others;
}
