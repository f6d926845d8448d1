import {
  HttpException,
  HttpStatus,
  Injectable,
  InternalServerErrorException,
  Logger,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { messageOf } from '../errors/message-of.js';
import { OutcomeProcessor } from '../outcomes/outcome-processor.js';
import { withinNotify } from '../telemetry/notify-telemetry.js';
import { acknowledge } from './acknowledgement.js';
import { NotifyEntrance, type AdmittedNotify } from './notify-entrance.js';
import { withBody, type RawRequest } from './notify-body.js';
import type { NotifyRequest } from './notify-request.js';

/** The built-in route: verifies a notify, processes it, and responds, outside Nest's request pipeline. */
@Injectable()
export class NotifyRoute {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly entrance: NotifyEntrance,
    private readonly outcomes: OutcomeProcessor,
  ) {}

  /**
   * Responds to a request: `success` for a processed notify, otherwise an error without details.
   *
   * @param sender has the sender's address; by default the request
   */
  async receive(
    kind: AdmittedNotify['kind'],
    request: RawRequest,
    response: ServerResponse,
    sender?: Pick<NotifyRequest, 'ip'>,
  ): Promise<void> {
    let read: NotifyRequest;
    try {
      read = await withBody(request, sender);
    } catch {
      // The sender has disconnected, and there is nothing to respond to.
      return;
    }
    try {
      const notify = await this.entrance.admit(kind, read, response);
      await withinNotify(read, () => this.process(notify));
    } catch (error) {
      this.answer(request, response, () => refuse(request, response, this.asHttp(error)));
      return;
    }
    this.answer(request, response, () => acknowledge(response));
  }

  /** @throws ServiceUnavailableException, without details of the failure. */
  private async process({ kind, notification }: AdmittedNotify): Promise<void> {
    const { mchOrderNo } = notification;
    try {
      this.entrance.demandHandlers(kind);
      await this.outcomes.process(notification);
    } catch (error) {
      this.logger.error(
        `${kind} ${mchOrderNo} is not acknowledged, and the gateway will redeliver it: ${messageOf(error)}`,
      );
      throw new ServiceUnavailableException('The notify could not be processed; send it again later.');
    }
  }

  private asHttp(error: unknown): HttpException {
    if (error instanceof HttpException) return error;
    this.logger.error(error instanceof Error ? error.stack : error);
    return new InternalServerErrorException();
  }

  private answer(request: RawRequest, response: ServerResponse, send: () => void): void {
    if (!response.headersSent && !response.writableEnded) {
      send();
      return;
    }
    this.logger.warn(`The request ${request.url ?? ''} had already been answered before the notify was processed.`);
  }
}

/** In the format of Nest's exception responses. */
function refuse(request: RawRequest, response: ServerResponse, error: HttpException): void {
  response.statusCode = error.getStatus();
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // The rest of a body that is too long is not read.
  if (error.getStatus() === (HttpStatus.PAYLOAD_TOO_LARGE as number) && request.httpVersionMajor === 1) {
    response.setHeader('Connection', 'close');
  }
  response.end(JSON.stringify(error.getResponse()));
}
