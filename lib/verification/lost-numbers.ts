/** Why a JSON notify whose numbers a body parser has converted may not verify, and what to do. */
export const LOST_NUMBERS =
  'the signature does not verify, and a body parser has converted the numbers of the JSON body, so their signed digits are lost; pass the raw body: set rawBody: true or, on Fastify, use the built-in route (notifyPath)';
