import { HttpStatus, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { withinNotify } from '../telemetry/notify-telemetry.js';
import { defaultIfEmpty, last, tap, type Observable } from 'rxjs';

/**
 * Answers a notify with exactly the bytes `success` once the handler has succeeded, whatever it returned. The gateway
 * repeats a notify whose answer is anything else. Source: protocol §4.
 */
@Injectable()
export class NotifyAckInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<object>();
    return withinNotify(request, () => next.handle()).pipe(
      defaultIfEmpty(undefined),
      last(),
      tap(() => {
        const response: unknown = context.switchToHttp().getResponse();
        const { httpAdapter } = this.host;
        httpAdapter.setHeader(response, 'Content-Type', 'text/plain; charset=utf-8');
        httpAdapter.reply(response, 'success', HttpStatus.OK);
      }),
    );
  }
}
