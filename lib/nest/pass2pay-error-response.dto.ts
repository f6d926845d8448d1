import { ApiSchema } from '../openapi/decorators.js';
import type { Pass2PayErrorCode } from '../errors/pass2pay.errors.js';

/** The body of an answer of `Pass2PayExceptionFilter`. */
export class Pass2PayErrorResponse {
  /**
   * The HTTP status.
   * @example 409
   */
  @ApiSchema({ type: 'integer' })
  statusCode!: number;

  /**
   * The stable name of what went wrong.
   * @example 'PASS2PAY_ORDER_CONFLICT'
   */
  code!: Pass2PayErrorCode;

  /**
   * What went wrong: a sentence, or for wrong fields one for each.
   * @example 'The order number is taken by another order; use a new one.'
   */
  @ApiSchema({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  message!: string | string[];

  /**
   * Whether the same request may succeed later.
   * @example false
   */
  retryable!: boolean;

  /**
   * Your own number of the order, where it is known.
   * @example '20160427210604000490'
   */
  mchOrderNo?: string;

  /**
   * The gateway's own mark of the request, where it is known.
   * @example '9d1a6b0e7c3f4f5a'
   */
  traceId?: string;
}
