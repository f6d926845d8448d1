import { HttpStatus } from '@nestjs/common';
import type { ServerResponse } from 'node:http';

/** The bytes that end the gateway's repeats; any other answer is none. Source: protocol §4. */
export const ACKNOWLEDGEMENT = 'success';

export const ACKNOWLEDGEMENT_TYPE = 'text/plain; charset=utf-8';

/**
 * Acknowledges a notify on Node's own response. Each method is called by itself: middleware may have replaced it by one
 * that returns nothing. Not Express's send(), which makes an ETag: a route that does nothing else takes a sixth longer
 * with it.
 */
export function acknowledge(response: ServerResponse): void {
  response.statusCode = HttpStatus.OK;
  response.setHeader('Content-Type', ACKNOWLEDGEMENT_TYPE);
  response.setHeader('Content-Length', ACKNOWLEDGEMENT.length);
  response.end(ACKNOWLEDGEMENT);
}
