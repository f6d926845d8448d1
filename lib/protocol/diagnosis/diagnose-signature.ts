import { canonicalize, type SignableParams } from '../signature/canonicalize.js';
import { LONG_MISTAKES, MISTAKES, type Message, type MistakeCode } from './diagnose-mistakes.js';
import { findMistakes, type Made } from './diagnose-search.js';
import { rightSigning, type Entry } from './diagnose-signing.js';
import { matchingSecret } from '../signature/verify.js';
import { shownName } from '../shown-name.js';

type SignatureCauseCode =
  /** The signature verifies, but Java's SDK compares case-sensitively and would reject its lower-case digits. */
  | 'lower-case'
  | 'signature-missing'
  /** Not 32 hex digits, so not an MD5 hash. */
  | 'signature-malformed'
  | 'signature-spaced'
  /** A value that cannot be signed, such as NaN or a Date. */
  | 'value-unsignable'
  /** Too many parameters, or too long ones, to diagnose. */
  | 'too-large'
  /** No known mistake explains the signature. */
  | 'unknown'
  | MistakeCode;

export interface SignatureCause {
  code: SignatureCauseCode;
  /** A sentence in English: what happened, and what to do. */
  message: string;
  /** The parameter's name, if a single one is the cause. */
  parameter?: string;
}

export interface SignatureDiagnosis {
  /** The result of `verify`. */
  verifies: boolean;
  /** The index of the live secret that made the signature, correctly or with the listed mistakes. */
  matchedSecret?: number;
  /** Most likely first; empty if the signature is correct. */
  causes: SignatureCause[];
}

/** Additional input for the diagnosis. */
export interface DiagnosisHints {
  /** Secrets that could have been used by mistake, keyed by a label for their app; the label appears in the message. */
  otherSecrets?: Readonly<Record<string, string | readonly string[]>>;
  /** The documented parameter names: used to find missing parameters and parameters that are not the gateway's. */
  knownFields?: ReadonlySet<string>;
}

const MAX_PARAMETERS = 64;
const MAX_CHARACTERS = 5_000;
const MAX_OTHER_SECRETS = 32;

/**
 * Finds the likely reason why a signature does not verify. For logs and developers, never for the sender. It signs the
 * message again with each known mistake and with pairs of them; a reported mistake gave exactly the signature in
 * question.
 *
 * The result contains parameter names and app labels, but no secret or part of one, no value and no signature.
 *
 * The work is bounded: besides the work of `verify`, at most 2,000 hashes over 1,000,000 characters in total, about 20
 * ms. Less likely pairs are skipped, as are live secrets after the eighth and other secrets after the 32nd. A message
 * of more than 64 parameters or 5,000 characters is not diagnosed. Even so, rate-limit diagnoses that untrusted clients
 * can trigger.
 *
 * Pass the parameters as received, without `sign`.
 *
 * Source: protocol §1, §7.
 *
 * @throws TypeError when there is no secret or an empty one. It throws nothing else.
 */
export function diagnoseSignature(
  params: SignableParams,
  signature: unknown,
  secrets: string | readonly string[],
  hints: DiagnosisHints = {},
): SignatureDiagnosis {
  matchingSecret({}, '', secrets); // throws if a secret is missing or empty
  const live = typeof secrets === 'string' ? [secrets] : secrets;
  const { entries, unsignable } = entriesOf(params);
  const shows = nameFilter(entries, live, hints);
  if (unsignable !== undefined) return failed([aboutParameter('value-unsignable', unsignable, shows)]);
  if (typeof signature !== 'string' || signature.trim() === '') return failed([about('signature-missing')]);

  const matched = matchingSecret(textsOf(entries), signature, live);
  if (matched !== -1) {
    const causes = signature === signature.toUpperCase() ? [] : [about('lower-case')];
    return { verifies: true, matchedSecret: matched, causes };
  }
  if (isTooLarge(entries)) return failed([about('too-large')]);

  const digits = signature.trim();
  const causes: SignatureCause[] = digits === signature ? [] : [about('signature-spaced')];
  const isLong = LONG_HEX.test(digits);
  if (!isLong && !HEX.test(digits)) return failed([about('signature-malformed'), ...causes]);

  const right = rightSigning(
    entries,
    live.map((text, index) => ({ text, index })),
  );
  const message = signedMessage(entries, live, hints);
  const found = findMistakes(right, message, isLong ? LONG_MISTAKES : MISTAKES, Buffer.from(digits, 'hex'));
  if (found === undefined) return failed([...causes, about(isLong ? 'signature-malformed' : 'unknown')]);
  return {
    verifies: false,
    ...(found.secret === undefined ? {} : { matchedSecret: found.secret }),
    causes: [...found.made.map((made) => causeOf(made, shows)), ...causes],
  };
}

/** The diagnosis as one log line. */
export function describeDiagnosis({ verifies, causes }: SignatureDiagnosis): string {
  const verdict = verifies ? 'The signature verifies.' : 'The signature does not verify.';
  return [verdict, ...causes.map((cause) => cause.message)].join(' ');
}

const HEX = /^[0-9a-fA-F]{32}$/;
const LONG_HEX = /^[0-9a-fA-F]{64}$/;

const MESSAGES = {
  'lower-case':
    'Its hex digits are in lower case: send upper case, because Java’s SDK compares exactly; the gateway accepts both.',
  'signature-missing': 'There is no signature: send it in the parameter sign, and check that no proxy removes it.',
  'signature-malformed': 'The signature is not 32 hex digits: send the MD5 hash in hexadecimal.',
  'signature-spaced': 'There is white space around the signature: remove it.',
  'too-large': 'The message is too large to diagnose: genuine ones have fewer and shorter parameters.',
  unknown:
    'No known mistake explains it: check that the secret belongs to the app in appId, in this environment, ' +
    'and that no value, name or character was changed between signing and here.',
} satisfies Partial<Record<SignatureCauseCode, string>>;

function about(code: keyof typeof MESSAGES): SignatureCause {
  return { code, message: MESSAGES[code] };
}

function aboutParameter(code: 'value-unsignable', name: string, shows: NameFilter): SignatureCause {
  const shown = shows(name);
  return {
    code,
    message: `${shown ? name : 'A parameter'} has a value that cannot be signed: pass a string or a safe integer.`,
    ...(shown && { parameter: name }),
  };
}

function causeOf({ mistake, variant }: Made, shows: NameFilter): SignatureCause {
  const names = variant.names ?? [];
  const detail = mistake.code === 'other-app-secret' && !shows(variant.detail) ? 'another app' : variant.detail;
  const message = mistake.message.replace('{of}', () => listed(names, shows)).replace('{detail}', () => detail ?? '');
  const [parameter] = names;
  return { code: mistake.code, message, ...(names.length === 1 && shows(parameter) && { parameter }) };
}

const MAX_LISTED = 6;

function listed(names: readonly string[], shows: NameFilter): string {
  const shown = names.filter(shows).slice(0, MAX_LISTED);
  const others = names.length - shown.length;
  if (others > 0) shown.push(others === 1 ? 'another parameter' : `${others} other parameters`);
  return shown.join(', ');
}

type NameFilter = (name: string | undefined) => boolean;

/**
 * The names that may be shown: known ones, and those that look like a name and contain no part of a secret or a value.
 */
function nameFilter(entries: readonly Entry[], live: readonly string[], hints: DiagnosisHints): NameFilter {
  const secrets = [...live, ...otherSecretsOf(hints).map((other) => other.secret)];
  const holdsSecret = (name: string) =>
    secrets.some((secret) => name.includes(secret) || (name.length > 3 && secret.includes(name)));
  const holdsValue = (name: string) => entries.some(({ text }) => text.length > 3 && name.includes(text));
  return (name) =>
    name !== undefined &&
    (hints.knownFields?.has(name) === true ||
      (/^\w[\w.-]*$/.test(name) && shownName(name) === `"${name}"` && !holdsSecret(name) && !holdsValue(name)));
}

function failed(causes: SignatureCause[]): SignatureDiagnosis {
  return { verifies: false, causes };
}

/** Each parameter with its text from `canonicalize`, or the name of the first that has none. */
function entriesOf(params: SignableParams): { entries: Entry[]; unsignable?: string } {
  const entries: Entry[] = [];
  const given: SignableParams = Object(params ?? {});
  for (const name of Object.keys(given)) {
    try {
      const value = given[name];
      const text = canonicalize({ [name]: value }).slice(name.length + 1, -1);
      entries.push({ name, value, text, signed: text !== '' });
    } catch {
      return { entries, unsignable: name };
    }
  }
  return { entries };
}

function textsOf(entries: readonly Entry[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.text]));
}

function isTooLarge(entries: readonly Entry[]): boolean {
  const characters = entries.reduce((sum, { name, text }) => sum + name.length + text.length, 0);
  return entries.length > MAX_PARAMETERS || characters > MAX_CHARACTERS;
}

function signedMessage(entries: readonly Entry[], live: readonly string[], hints: DiagnosisHints): Message {
  const known = new Set([...(hints.knownFields ?? [])].slice(0, MAX_PARAMETERS));
  const present = new Set(entries.map((entry) => entry.name));
  const otherSecrets = otherSecretsOf(hints).filter((other) => !live.includes(other.secret));
  return { entries, known, missing: [...known].filter((name) => name !== 'sign' && !present.has(name)), otherSecrets };
}

function otherSecretsOf({ otherSecrets = {} }: DiagnosisHints): { app: string; secret: string }[] {
  return Object.entries(otherSecrets)
    .flatMap(([app, secrets]) => [secrets].flat().map((secret) => ({ app, secret })))
    .filter(({ secret }) => typeof secret === 'string' && secret !== '')
    .slice(0, MAX_OTHER_SECRETS);
}
