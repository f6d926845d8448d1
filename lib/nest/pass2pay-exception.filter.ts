import { Catch, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import type { Pass2PayErrorResponse } from './pass2pay-error-response.dto.js';
import {
  Pass2PayAlreadyPaidError,
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayCustomerLimitError,
  Pass2PayError,
  Pass2PayMerchantError,
  Pass2PayMerchantOrdersError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
} from '../errors/pass2pay.errors.js';

/** The filter's response. */
interface HttpResponse {
  status: HttpStatus;
  /** For the caller, who may be a payer; it never contains the gateway's message or data of another order. */
  message: string | string[];
  /** Seconds, for a Retry-After header. */
  retryAfter?: number;
}

/** The form that Nest's WebSocket filter expects. */
interface WebSocketClient {
  emit(event: string, data: unknown): void;
}

/** The gateway limits per minute, so a minute is enough if it does not say how long to wait. */
const A_MINUTE = 60;

/**
 * Converts the errors of this module to responses: 400 with every issue, 409 for a taken number or a paid checkout, 429
 * with Retry-After for a customer with too many expired orders, 503 with Retry-After for a rate limit or an open
 * circuit breaker, 502 for a refusal or an unusable response of the gateway, 504 for a timeout, and 202 if it is
 * unknown whether the order was created: poll, or repeat the call with the same mchOrderNo. The body has `code`,
 * `message`, `retryable` and, if known, `mchOrderNo` and `traceId`; never a secret, a signature or payer data.
 *
 * In an application that takes messages too, their sender is told the same body as the error of a message, or as the
 * event `exception` of a WebSocket. A GraphQL server is given an error with the same message, and the body as its
 * `extensions`, which GraphQL servers send along.
 */
@Catch(Pass2PayError)
export class Pass2PayExceptionFilter implements ExceptionFilter<Pass2PayError> {
  private readonly logger = new Logger('Pass2Pay');

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: Pass2PayError, context: ArgumentsHost): Observable<never> | Error | undefined {
    const response = responseTo(error);
    const { status, message } = response;
    if (status >= HttpStatus.INTERNAL_SERVER_ERROR) this.logger.error(`${error.code}: ${error.message}`);
    const { code, retryable, mchOrderNo, traceId } = error;
    const body: Pass2PayErrorResponse = { statusCode: status, code, message, retryable, mchOrderNo, traceId };
    switch (context.getType<string>()) {
      case 'http':
        this.reply(context.switchToHttp().getResponse(), body, response);
        return undefined;
      case 'rpc':
        return throwError(() => body);
      case 'ws':
        context.switchToWs().getClient<WebSocketClient>().emit('exception', body);
        return undefined;
      default:
        return Object.assign(new Error([message].flat().join('; ')), { extensions: body });
    }
  }

  private reply(response: unknown, body: object, { status, retryAfter }: HttpResponse): void {
    const { httpAdapter } = this.host;
    if (retryAfter !== undefined) httpAdapter.setHeader(response, 'Retry-After', String(retryAfter));
    httpAdapter.reply(response, body, status);
  }
}

function responseTo(error: Pass2PayError): HttpResponse {
  if (error instanceof Pass2PayValidationError) {
    return { status: HttpStatus.BAD_REQUEST, message: error.issues.map((issue) => issue.message) };
  }
  if (error instanceof Pass2PayOrderConflictError) {
    return { status: HttpStatus.CONFLICT, message: 'The order number belongs to another order; use a new one.' };
  }
  if (error instanceof Pass2PayAlreadyPaidError) {
    return { status: HttpStatus.CONFLICT, message: 'This has already been paid.' };
  }
  if (error instanceof Pass2PayOutcomeUnknownError) {
    return {
      status: HttpStatus.ACCEPTED,
      message:
        'It is not yet known whether the order was created. Poll it, or repeat the request with the same number.',
    };
  }
  if (error instanceof Pass2PayCustomerLimitError) {
    return {
      status: HttpStatus.TOO_MANY_REQUESTS,
      message: 'Too many orders of this customer have expired unpaid; order again later.',
      retryAfter: Math.max(1, Math.ceil((error.retryAt.getTime() - Date.now()) / 1000)),
    };
  }
  if (error instanceof Pass2PayRateLimitError || error instanceof Pass2PayCircuitOpenError) {
    const retryAfter = error.retryAfterMs === undefined ? A_MINUTE : Math.ceil(error.retryAfterMs / 1000);
    return {
      status: HttpStatus.SERVICE_UNAVAILABLE,
      message: 'The payment gateway is unavailable; try again later.',
      retryAfter,
    };
  }
  if (error instanceof Pass2PayApiError) return { status: HttpStatus.BAD_GATEWAY, message: error.explanation };
  if (error instanceof Pass2PayTimeoutError) {
    return { status: HttpStatus.GATEWAY_TIMEOUT, message: 'The payment gateway did not respond in time.' };
  }
  if (error instanceof Pass2PaySignatureError || error instanceof Pass2PayConnectionError) {
    return { status: HttpStatus.BAD_GATEWAY, message: 'The response of the payment gateway was unusable.' };
  }
  if (error instanceof Pass2PayMerchantError) {
    return { status: HttpStatus.SERVICE_UNAVAILABLE, message: 'The merchant cannot be found now; try again later.' };
  }
  if (error instanceof Pass2PayMerchantOrdersError) {
    return { status: HttpStatus.SERVICE_UNAVAILABLE, message: 'The order cannot be looked up now; try again later.' };
  }
  return { status: HttpStatus.INTERNAL_SERVER_ERROR, message: 'The payment module is misconfigured.' };
}
