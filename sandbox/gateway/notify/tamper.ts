import type { NotifyFault } from '../faults/fault.js';
import { encodeQuery, type NotifyMessage } from './notify-message.js';

/** The message as changed by the fault; its signature is then invalid. */
export function spoiltBy(fault: NotifyFault | undefined, message: NotifyMessage): NotifyMessage {
  if (fault?.kind === 'notify-bad-signature') return withField(message, 'sign', otherFirstDigit);
  if (fault?.kind !== 'notify-tamper') return message;
  const { field = 'amount', value } = fault;
  return withField(message, field, (raw) => (value === undefined ? otherFirstDigit(raw) : encodeQuery(value)));
}

/** Changes a field in the query of the URL or in the body, or adds it if it is missing. */
function withField(
  { url, body, contentType }: NotifyMessage,
  field: string,
  change: (raw: string) => string,
): NotifyMessage {
  if (contentType.startsWith('application/json')) return { url, contentType, body: withMember(body, field, change) };
  const isInQuery = body === '';
  const text = isInQuery ? url : body;
  const found = new RegExp(`(?<=(?:^|[?&])${escapeForRegExp(field)}=)[^&#]*`).exec(text);
  const changed = found
    ? text.slice(0, found.index) + change(found[0]) + text.slice(found.index + found[0].length)
    : `${text}&${field}=${change('')}`;
  return isInQuery ? { url: changed, body, contentType } : { url, body: changed, contentType };
}

function withMember(body: string, field: string, change: (raw: string) => string): string {
  const members = JSON.parse(body) as Record<string, string | number>;
  return JSON.stringify({ ...members, [field]: decodeURIComponent(change(String(members[field] ?? ''))) });
}

function otherFirstDigit(raw: string): string {
  return `${((Number.parseInt(raw.charAt(0), 16) || 0) % 9) + 1}${raw.slice(1)}`;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[^\w]/g, String.raw`\$&`);
}
