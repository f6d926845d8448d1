import {
  HttpStatus,
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { ServerResponse } from 'node:http';
import { concatMap, finalize, last, type Observable } from 'rxjs';
import { withinNotify } from '../telemetry/notify-telemetry.js';
import { ACKNOWLEDGEMENT, ACKNOWLEDGEMENT_TYPE, acknowledge } from './acknowledgement.js';
import { admittedNotify } from './notify-entrance.js';

/** What a route's acknowledgement waits for; by default the processing of the notify. */
export const NotifyAck = Reflector.createDecorator<'processed' | 'manual'>();

/**
 * Responds to a notify with exactly the bytes `success` once the method has succeeded, with any result, and the notify
 * has been processed. The gateway redelivers a notify after any other response. Source: protocol §4.
 */
@Injectable()
export class NotifyAckInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<object>();
    const isManual = this.reflector.get(NotifyAck, context.getHandler()) === 'manual';
    const notify = isManual ? undefined : admittedNotify(request);
    const watch = notify?.entrance.watch(notify);
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    return withinNotify(request, () => next.handle()).pipe(
      last(null, undefined),
      concatMap(async () => {
        if (notify !== undefined) await notify.entrance.processed(notify, watch!, route);
        this.acknowledge(http.getResponse());
      }),
      finalize(() => watch?.end()),
    );
  }

  private acknowledge(response: unknown): void {
    if (this.host.httpAdapter.isHeadersSent(response)) {
      this.logger.warn('A notify was processed, but its request had already been answered before the acknowledgement.');
      return;
    }
    if (response instanceof ServerResponse) {
      acknowledge(response);
      return;
    }
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(response, 'Content-Type', ACKNOWLEDGEMENT_TYPE);
    httpAdapter.reply(response, ACKNOWLEDGEMENT, HttpStatus.OK);
  }
}
