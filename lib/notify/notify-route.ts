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

/** The built-in route: verifies a notify, processes it, and answers. Nothing of Nest's pipeline is around it. */
@Injectable()
export class NotifyRoute {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly entrance: NotifyEntrance,
    private readonly outcomes: OutcomeProcessor,
  ) {}

  /** Answers a request: `success` where it is a notify and is processed, and otherwise what the sender may know. */
  async receive(kind: AdmittedNotify['kind'], request: RawRequest, response: ServerResponse): Promise<void> {
    let read: NotifyRequest;
    try {
      read = await withBody(request);
    } catch {
      // Nobody is there to be answered, and nothing was said.
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

  /** @throws ServiceUnavailableException, without details: whatever failed is the application's own business. */
  private async process({ kind, notification }: AdmittedNotify): Promise<void> {
    const { mchOrderNo } = notification;
    try {
      this.entrance.demandHandlers(kind);
      await this.outcomes.process(notification);
    } catch (error) {
      this.logger.error(
        `${kind} ${mchOrderNo} is not acknowledged, and is left for the gateway to repeat: ${messageOf(error)}`,
      );
      throw new ServiceUnavailableException('The notify could not be processed now; send it again.', { cause: error });
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
    this.logger.warn(`Something else had answered ${request.url ?? ''} before this notify was.`);
  }
}

/** As Nest answers an exception. */
function refuse(request: RawRequest, response: ServerResponse, error: HttpException): void {
  response.statusCode = error.getStatus();
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // What is left of a body that is too long is not read.
  if (error.getStatus() === (HttpStatus.PAYLOAD_TOO_LARGE as number) && request.httpVersionMajor === 1) {
    response.setHeader('Connection', 'close');
  }
  response.end(JSON.stringify(error.getResponse()));
}
