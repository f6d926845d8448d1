import { NotifyRefusal } from './notify-refusal.js';

/**
 * The most bytes of a notify. Genuine ones have up to 2 KB, and 11 KB where every text that a merchant chooses is as long as the
 * gateway takes it and of characters that a form writes in twelve bytes; reading this many costs less than handling one.
 */
export const MAX_BYTES = 12 * 1024;

/** The most parameters of a notify. Honest ones have about 20. */
export const MAX_PARAMS = 64;

/** The longest name of a parameter, in characters. */
export const MAX_NAME_LENGTH = 64;

/** @throws NotifyRefusal where a message is so long that reading it would cost more than a notify may. */
export function refuseTooLong(bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  if (bytes === Infinity) {
    throw new NotifyRefusal(
      'too-large',
      `a body parser has read a body that came in chunks or compressed, so that its length is not known; pass the raw body, with rawBody: true or, on Fastify, by the built-in route (notifyPath)`,
    );
  }
  throw new NotifyRefusal('too-large', `it has more than ${MAX_BYTES} bytes`);
}

/** @throws NotifyRefusal */
export function refuseTooMany(params: number): void {
  if (params <= MAX_PARAMS) return;
  throw new NotifyRefusal('too-large', `it has more than ${MAX_PARAMS} parameters`);
}
