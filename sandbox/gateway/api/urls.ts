export const NOTIFY_URL_WORDS = '异步通知地址协议仅支持http:// 或 https:// !';
export const RETURN_URL_WORDS = '同步通知地址协议仅支持http:// 或 https:// !';

/** The gateway checks only the start of the text, with exact case. Source: protocol §2. */
export function isUrlOrMissing(url: string | bigint | undefined): boolean {
  return typeof url !== 'string' || url === '' || url.startsWith('http://') || url.startsWith('https://');
}
