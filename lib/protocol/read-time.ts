/** The gateway uses China's local time, which has no daylight saving time. */
const OFFSET_MS = 8 * 3_600_000;

/**
 * Converts a time of the gateway to ms since 1970: 13 digits are ms, 10 digits are s, and `yyyy-MM-dd HH:mm:ss` is a
 * time in UTC+8. Undefined for any other text. Source: protocol §8 and §9.
 */
export function readTime(text: string): number | undefined {
  if (/^[1-9]\d{12}$/.test(text)) return Number(text);
  if (/^[1-9]\d{9}$/.test(text)) return Number(text) * 1_000;
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const iso = text.replace(' ', 'T');
  const utc = Date.parse(`${iso}Z`);
  // Date.parse turns 30 February into 1 March.
  const exists = !Number.isNaN(utc) && new Date(utc).toISOString().startsWith(iso);
  return exists ? utc - OFFSET_MS : undefined;
}
