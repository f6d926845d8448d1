/** Why a JSON notify whose numbers a body parser has read may not verify, and what to do. */
export const LOST_NUMBERS =
  'the signature does not verify, and a body parser has read the numbers of the JSON body, whose digits as they were signed are lost: pass the raw body, with rawBody: true or, on Fastify, by the built-in route (notifyPath)';
