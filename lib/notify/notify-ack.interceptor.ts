import { HttpStatus, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ServerResponse } from 'node:http';
import { withinNotify } from '../telemetry/notify-telemetry.js';
import { last, tap, type Observable } from 'rxjs';

const ACKNOWLEDGEMENT = 'success';
const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': ACKNOWLEDGEMENT.length };

/**
 * Answers a notify with exactly the bytes `success` once the handler has succeeded, whatever it returned. The gateway
 * repeats a notify whose answer is anything else. Source: protocol §4.
 */
@Injectable()
export class NotifyAckInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return withinNotify(http.getRequest<object>(), () => next.handle()).pipe(
      last(null, undefined),
      tap(() => this.acknowledge(http.getResponse())),
    );
  }

  private acknowledge(response: unknown): void {
    if (response instanceof ServerResponse) {
      // Not Express's send(), which makes an ETag: a route that does nothing else takes a sixth longer with it.
      response.writeHead(HttpStatus.OK, HEADERS).end(ACKNOWLEDGEMENT);
      return;
    }
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(response, 'Content-Type', HEADERS['Content-Type']);
    httpAdapter.reply(response, ACKNOWLEDGEMENT, HttpStatus.OK);
  }
}
