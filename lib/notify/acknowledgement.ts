import { HttpStatus } from '@nestjs/common';
import type { ServerResponse } from 'node:http';

/** The response that stops the gateway's redeliveries; any other response does not. Source: protocol §4. */
export const ACKNOWLEDGEMENT = 'success';

export const ACKNOWLEDGEMENT_TYPE = 'text/plain; charset=utf-8';

/**
 * Acknowledges a notify on Node's response. The calls are not chained, because middleware may have replaced a method
 * with one that returns nothing. Not Express's send(), whose ETag makes an otherwise empty route a sixth slower.
 */
export function acknowledge(response: ServerResponse): void {
  response.statusCode = HttpStatus.OK;
  response.setHeader('Content-Type', ACKNOWLEDGEMENT_TYPE);
  response.setHeader('Content-Length', ACKNOWLEDGEMENT.length);
  response.end(ACKNOWLEDGEMENT);
}
