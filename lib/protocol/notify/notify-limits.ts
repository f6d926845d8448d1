import { NotifyRefusal } from './notify-refusal.js';

/**
 * Maximum size of a notify in bytes. Genuine ones have up to 2 KB, or 11 KB if every value that the merchant chooses
 * has its maximum length in characters that a form encodes in twelve bytes. Reading this many bytes costs less than
 * handling one notify.
 */
export const MAX_BYTES = 12 * 1024;

/** Maximum number of parameters of a notify. Genuine ones have about 20. */
export const MAX_PARAMS = 64;

/** Maximum length of a parameter name, in characters. */
export const MAX_NAME_LENGTH = 64;

/** @throws NotifyRefusal when the message is too long to read. */
export function refuseTooLong(bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  if (bytes === Infinity) {
    throw new NotifyRefusal(
      'too-large',
      `the body was chunked or compressed and has already been parsed, so its length is unknown; pass the raw body: set rawBody: true or, on Fastify, use the built-in route (notifyPath)`,
    );
  }
  throw new NotifyRefusal('too-large', `it has more than ${MAX_BYTES} bytes`);
}

/** @throws NotifyRefusal */
export function refuseTooMany(params: number): void {
  if (params <= MAX_PARAMS) return;
  throw new NotifyRefusal('too-large', `it has more than ${MAX_PARAMS} parameters`);
}
