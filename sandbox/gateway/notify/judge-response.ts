import { javaFold } from 'nestjs-pass2pay/protocol';

/** The gateway's verdict on a response to a notify, or why there is none. */
export type NotifyVerdict =
  | 'acknowledged'
  /** `success` with white space or a line break around it. */
  | 'white-space'
  | 'byte-order-mark'
  /** `success` with an invisible character around or inside it. */
  | 'invisible-character'
  /** `success` in quotation marks, as a JSON string or otherwise. */
  | 'quoted'
  | 'json'
  | 'html'
  | 'xml'
  | 'empty'
  /** `success` in another character set than its Content-Type says. */
  | 'charset'
  /** Compressed in a way that the gateway does not read, or not as declared. */
  | 'compression'
  | 'redirect'
  /** There is no such route: HTTP 404 or 405. */
  | 'not-found'
  /** The receiver refuses it, as it must if the signature is invalid: HTTP 400, 401, 403, 415 or 422. */
  | 'refused'
  /** The receiver failed: HTTP 500 and above. */
  | 'receiver-failed'
  /** Any other text. */
  | 'other-text'
  | 'timeout'
  | 'not-reached'
  | 'tls'
  /** The connection was lost, or the response was not HTTP. */
  | 'broken-off'
  /** The notifyUrl is not a URL. */
  | 'bad-url'
  /** Not sent, or aborted by the sandbox. */
  | 'not-sent';

/** The gateway's judgement of an attempt. */
export interface NotifyJudgement {
  readonly verdict: NotifyVerdict;
  readonly acknowledged: boolean;
  /** Why, and what to respond instead: English sentences. */
  readonly reason: string;
}

/** A response as received. */
export interface NotifyResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decompressed. */
  readonly bytes: Buffer;
  /** The bytes as the gateway reads them: in the character set of the Content-Type, UTF-8 by default. */
  readonly text: string;
}

/**
 * Judges a response as the gateway does: only the body counts, not the status; case is ignored, nothing is trimmed.
 *
 * Source: protocol §4.
 */
export function judgeResponse(response: NotifyResponse): NotifyJudgement {
  if (isAcknowledged(response.text)) return { verdict: 'acknowledged', acknowledged: true, reason: praise(response) };
  const [verdict, reason] = whyNot(response);
  return { verdict, acknowledged: false, reason };
}

/** Explains why there was no response. */
export function judgeFailure(error: unknown): NotifyJudgement {
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const [verdict, reason] = whyNoResponse(code, message);
  return { verdict, acknowledged: false, reason };
}

/** The judgement of an attempt that was not made. */
export function notMade(why: string): NotifyJudgement {
  return { verdict: 'not-sent', acknowledged: false, reason: `Nothing was sent: ${why}.` };
}

function isAcknowledged(response: string): boolean {
  return javaFold(response) === 'success';
}

function praise({ status, text }: NotifyResponse): string {
  const remarks: string[] = [];
  if (text !== 'success') remarks.push('The documents require lower case: respond with exactly `success`.');
  if (status < 200 || status > 299) {
    remarks.push(`The gateway ignores the HTTP status ${status} and will not send this notify again.`);
  }
  return ['The body is `success`.', ...remarks].join(' ');
}

const REMEDY = 'Respond with exactly the seven bytes `success`, as text/plain.';

function whyNot(response: NotifyResponse): [NotifyVerdict, string] {
  const { status, headers, bytes, text } = response;
  if (status >= 300 && status <= 399 && headers.location !== undefined) {
    return [
      'redirect',
      `The response is a redirect (HTTP ${status}), which the gateway does not follow: use its final URL as notifyUrl, with the exact scheme, host and slashes.`,
    ];
  }
  const byStatus = toldByStatus(status);
  if (bytes.length === 0) return byStatus ?? ['empty', `The response has no body${withStatus(status)}. ${REMEDY}`];
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (!['identity', 'gzip', 'deflate'].includes(encoding)) {
    return [
      'compression',
      `The response is compressed as ${shown(encoding)}, but the gateway accepts only gzip and deflate: do not compress it.`,
    ];
  }
  return aroundSuccess(text) ?? inAnotherCharset(response) ?? hidden(text) ?? byStatus ?? otherThanSuccess(response);
}

/** What the status says about a response that is not an acknowledgement; the gateway itself ignores it. */
function toldByStatus(status: number): [NotifyVerdict, string] | undefined {
  if (status === 404 || status === 405) {
    return ['not-found', `There is no notify route (HTTP ${status}): correct the notifyUrl’s path or the route.`];
  }
  if ([400, 401, 403, 415, 422].includes(status)) {
    return [
      'refused',
      `The receiver refused the notify (HTTP ${status}): its signature, its parameters or the access to the route is wrong; see the receiver’s log.`,
    ];
  }
  if (status >= 500) {
    return [
      'receiver-failed',
      `The receiver failed (HTTP ${status}); see its log. The gateway will send the notify again.`,
    ];
  }
  return undefined;
}

/** `success` with something around it. */
function aroundSuccess(text: string): [NotifyVerdict, string] | undefined {
  if (isAcknowledged(text.replace(/^\uFEFF/, ''))) {
    return ['byte-order-mark', `There is a byte order mark (U+FEFF) before \`success\`. ${REMEDY}`];
  }
  if (isAcknowledged(text.trim())) {
    return ['white-space', `There is ${whiteSpaceAround(text)} \`success\`, and the gateway does not trim. ${REMEDY}`];
  }
  const bare = text.trim();
  const isQuoted = /^(["'`]).*\1$/s.test(bare) || /^[“”‘’「『].*[“”‘’」』]$/s.test(bare);
  if (isQuoted && isAcknowledged(bare.slice(1, -1).trim())) {
    return [
      'quoted',
      `The response is \`success\` in quotation marks, like a JSON string: send text, and make sure that no serializer or interceptor converts it to JSON. ${REMEDY}`,
    ];
  }
  return undefined;
}

function hidden(text: string): [NotifyVerdict, string] | undefined {
  if (isAcknowledged(text.replaceAll(/[\p{C}\p{Z}]/gu, ''))) {
    const invisible = /[\p{C}\p{Z}]/u.exec(text)?.[0] ?? '';
    return ['invisible-character', `There is an invisible character (${codePoint(invisible)}). ${REMEDY}`];
  }
  return undefined;
}

/** Detects `success` in another character set than the response declares. */
function inAnotherCharset({ headers, bytes }: NotifyResponse): [NotifyVerdict, string] | undefined {
  const said = charsetOf(headers);
  const really = ['utf-8', 'utf-16le', 'utf-16be'].find((charset) =>
    isAcknowledged(new TextDecoder(charset).decode(bytes).trim()),
  );
  if (really === undefined) return undefined;
  const reading =
    said === undefined ? 'its Content-Type has no charset, which means utf-8' : `its Content-Type has ${shown(said)}`;
  return ['charset', `The response is \`success\` in ${really}, but ${reading}. Send text/plain in UTF-8.`];
}

function otherThanSuccess({ status, headers, text }: NotifyResponse): [NotifyVerdict, string] {
  const told = withStatus(status);
  const bare = text.trim();
  if (/^[[{]/.test(bare) && isJson(bare)) {
    return [
      'json',
      `The response is JSON${told}, not the text \`success\`. If an interceptor wraps all responses, exclude this route. ${REMEDY}`,
    ];
  }
  const type = String(headers['content-type'] ?? '');
  if (/^<\?xml/i.test(bare) && !/<html/i.test(bare)) {
    return ['xml', `The response is XML${told}, as for another gateway. ${REMEDY}`];
  }
  if (/^<(!doctype html|html|head|body|!--)/i.test(bare) || (/\bhtml\b/i.test(type) && bare.startsWith('<'))) {
    return [
      'html',
      `The response is an HTML page${told}: check whether the notifyUrl points to the shop’s front end, a login page or a proxy’s error page. ${REMEDY}`,
    ];
  }
  const refusal = /\bfail/i.test(bare) ? 'The gateway treats this as not received and will send it again.' : REMEDY;
  return ['other-text', `The response is the text ${shown(text)}${told}, not \`success\`. ${refusal}`];
}

const NOT_REACHED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing is listening on that address and port; start the receiver or correct the notifyUrl',
  ENOTFOUND: 'its host name does not resolve; correct the notifyUrl or the DNS',
  EAI_AGAIN: 'its host name cannot be resolved at the moment; check the DNS',
  EHOSTUNREACH: 'its host cannot be reached from here; check the network and the firewall',
  ENETUNREACH: 'its network cannot be reached from here; check the network',
};

function whyNoResponse(code: string, message: string): [NotifyVerdict, string] {
  if (NOT_REACHED[code]) return ['not-reached', `The receiver was not reached (${code}): ${NOT_REACHED[code]}.`];
  if (code === 'ETIMEDOUT') {
    return ['timeout', `${upperFirst(message)}: respond first and do slow work later. The gateway’s timeout is 20 s.`];
  }
  if (/^(ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_SSL_|EPROTO)/.test(code)) {
    return [
      'tls',
      `TLS failed (${code}): the port must support TLS, with a certificate that is valid for this host and sent with its chain.`,
    ];
  }
  if (code === 'ERR_INVALID_URL' || code === 'ERR_INVALID_PROTOCOL' || code === 'ERR_UNESCAPED_CHARACTERS') {
    return ['bad-url', 'The notifyUrl is not an http or https URL; correct it.'];
  }
  if (code.startsWith('Z_')) {
    return [
      'compression',
      `The response does not match its Content-Encoding (${code}): send it uncompressed, without that header.`,
    ];
  }
  if (code === 'ERR_BUFFER_TOO_LARGE') return ['other-text', `The response is too long. ${REMEDY}`];
  if (code.startsWith('HPE_')) return ['broken-off', `The response is not HTTP (${code}): check the address and port.`];
  if (code === 'ABORT_ERR') return ['not-sent', 'The attempt was aborted on this side.'];
  const what = code === '' ? message : code;
  return ['broken-off', `The connection was lost before the response was complete (${what}).`];
}

/** The character set that the response declares, if any. */
export function charsetOf(headers: NotifyResponse['headers']): string | undefined {
  return /charset="?([\w-]+)/i.exec(String(headers['content-type'] ?? ''))?.[1];
}

function whiteSpaceAround(text: string): string {
  const after = text.slice(text.trimEnd().length);
  if (after === '') return 'white space before';
  const what = /[\r\n]/.test(after) ? 'a line break' : 'white space';
  return text.trimStart() === text ? `${what} after` : `white space around`;
}

function withStatus(status: number): string {
  return status === 200 ? '' : ` (HTTP ${status})`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** External text for a message: shortened, with control characters escaped. */
function shown(text: string): string {
  return JSON.stringify(text.length > 30 ? `${text.slice(0, 30)}…` : text);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
