import { ApiSchema } from '../openapi/decorators.js';
import type { Pass2PayErrorCode } from '../errors/pass2pay.errors.js';

/** The response body of `Pass2PayExceptionFilter`. */
export class Pass2PayErrorResponse {
  /**
   * The HTTP status.
   * @example 409
   */
  @ApiSchema({ type: 'integer' })
  statusCode!: number;

  /**
   * Stable error code.
   * @example 'PASS2PAY_ORDER_CONFLICT'
   */
  code!: Pass2PayErrorCode;

  /**
   * The error message, or an array with one message per invalid field.
   * @example 'The order number belongs to another order; use a new one.'
   */
  @ApiSchema({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  message!: string | string[];

  /**
   * Whether the same request may succeed later.
   * @example false
   */
  retryable!: boolean;

  /**
   * Your order number, if known.
   * @example '20160427210604000490'
   */
  mchOrderNo?: string;

  /**
   * The gateway's request ID, if known.
   * @example '9d1a6b0e7c3f4f5a'
   */
  traceId?: string;
}
