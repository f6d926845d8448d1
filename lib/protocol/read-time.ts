/** The gateway's local time is China's, which has no summer time. */
const OFFSET_MS = 8 * 3_600_000;

/**
 * A time as the gateway writes it, in ms since 1970: 13 digits are ms, 10 digits are s, and `yyyy-MM-dd HH:mm:ss` is a time
 * in UTC+8. Undefined where the text is none of these. Source: protocol §8 and §9.
 */
export function readTime(text: string): number | undefined {
  if (/^[1-9]\d{12}$/.test(text)) return Number(text);
  if (/^[1-9]\d{9}$/.test(text)) return Number(text) * 1_000;
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const iso = text.replace(' ', 'T');
  const utc = Date.parse(`${iso}Z`);
  // Date.parse makes 1 March of 30 February.
  const exists = !Number.isNaN(utc) && new Date(utc).toISOString().startsWith(iso);
  return exists ? utc - OFFSET_MS : undefined;
}
