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

/** What the filter answers with. */
interface HttpResponse {
  status: HttpStatus;
  /** For the caller, who may be a payer: none of it comes from the gateway's own words or from another order. */
  message: string | string[];
  /** Seconds, for a Retry-After header. */
  retryAfter?: number;
}

/** As Nest's own filter for WebSockets takes it. */
interface WebSocketClient {
  emit(event: string, data: unknown): void;
}

/** The gateway limits per minute; where it does not say how long to wait, a minute is enough. */
const A_MINUTE = 60;

/**
 * Answers for the errors of this module: 400 with every issue, 409 for a number that is taken and for a key that is paid, 429
 * with Retry-After for a customer whose orders have expired too often, 503 with Retry-After for a rate limit or while the
 * gateway is left alone, 502 for a refusal or an unusable answer of the gateway, 504 when it
 * did not answer, and 202 where it is not known whether the order was made: poll, or repeat the call with the same
 * mchOrderNo. The body has `code`, `message`, `retryable`, and `mchOrderNo` and `traceId` where they are known; never a
 * secret, a signature or a payer's data.
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
    return { status: HttpStatus.CONFLICT, message: 'The order number is taken by another order; use a new one.' };
  }
  if (error instanceof Pass2PayAlreadyPaidError) {
    return { status: HttpStatus.CONFLICT, message: 'This is paid already.' };
  }
  if (error instanceof Pass2PayOutcomeUnknownError) {
    return {
      status: HttpStatus.ACCEPTED,
      message: 'It is not known yet whether the order was made. Poll it, or repeat the request with the same number.',
    };
  }
  if (error instanceof Pass2PayCustomerLimitError) {
    return {
      status: HttpStatus.TOO_MANY_REQUESTS,
      message: 'Too many orders of the customer have expired unpaid; order again later.',
      retryAfter: Math.max(1, Math.ceil((error.retryAt.getTime() - Date.now()) / 1000)),
    };
  }
  if (error instanceof Pass2PayRateLimitError || error instanceof Pass2PayCircuitOpenError) {
    const retryAfter = error.retryAfterMs === undefined ? A_MINUTE : Math.ceil(error.retryAfterMs / 1000);
    return {
      status: HttpStatus.SERVICE_UNAVAILABLE,
      message: 'The payment gateway cannot take requests now; try again later.',
      retryAfter,
    };
  }
  if (error instanceof Pass2PayApiError) return { status: HttpStatus.BAD_GATEWAY, message: error.explanation };
  if (error instanceof Pass2PayTimeoutError) {
    return { status: HttpStatus.GATEWAY_TIMEOUT, message: 'The payment gateway did not answer in time.' };
  }
  if (error instanceof Pass2PaySignatureError || error instanceof Pass2PayConnectionError) {
    return { status: HttpStatus.BAD_GATEWAY, message: 'The payment gateway gave no usable answer.' };
  }
  if (error instanceof Pass2PayMerchantError) {
    return { status: HttpStatus.SERVICE_UNAVAILABLE, message: 'The merchant cannot be found now; try again later.' };
  }
  if (error instanceof Pass2PayMerchantOrdersError) {
    return { status: HttpStatus.SERVICE_UNAVAILABLE, message: 'The order cannot be looked up now; try again later.' };
  }
  return { status: HttpStatus.INTERNAL_SERVER_ERROR, message: 'The payment module is not set up rightly.' };
}
