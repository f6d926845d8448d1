import {
  type HttpException,
  Inject,
  Injectable,
  Logger,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import { Pass2PayError } from '../errors/pass2pay.errors.js';
import { noteArrival } from '../outcomes/arrivals.js';
import { HandlerExplorer } from '../outcomes/handler-explorer.js';
import { outcomeEvent } from '../outcomes/outcome.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from '../outcomes/outcomes.options.js';
import { Reconciler } from '../outcomes/reconciler.js';
import { ProcessingWatches, type ProcessingWatch } from '../outcomes/processing-watch.js';
import type { PaymentNotification } from '../payments/payment-notification.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { ObservedNotify } from '../telemetry/notify-telemetry.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';
import { NotifyVerifier } from '../verification/notify-verifier.js';
import { AllowedAddresses } from './allowed-addresses.js';
import { messageIn, type NotifyRequest } from './notify-request.js';
import { RefusalLog } from './refusal-log.js';
import { markRefused } from './refusal-mark.js';

/** A request with a genuine notify. */
export interface AdmittedNotify {
  kind: 'payment' | 'transfer';
  notification: PaymentNotification | TransferNotification;
  /** The entrance that accepted it. */
  entrance: NotifyEntrance;
}

const admitted = new WeakMap<object, AdmittedNotify>();

/** Marks a request as a notify for later steps. */
export function noteAdmitted(request: object, notify: AdmittedNotify): void {
  admitted.set(request, notify);
}

/** The notify of a request; undefined if no guard has accepted it. */
export function admittedNotify(request: object): AdmittedNotify | undefined {
  return admitted.get(request);
}

/** Decides which requests are genuine notifies, and when they may be acknowledged. */
@Injectable()
export class NotifyEntrance {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly verifier: NotifyVerifier,
    private readonly handlers: HandlerExplorer,
    private readonly watches: ProcessingWatches,
    private readonly reconciler: Reconciler,
    private readonly refusals: RefusalLog,
    private readonly addresses: AllowedAddresses,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  /**
   * Verifies the notify in a request, and starts its telemetry.
   *
   * @param response the response object of Express or Fastify; when it ends, the notify's span ends
   * @throws UnauthorizedException, PayloadTooLargeException or ServiceUnavailableException, all without details,
   * because the sender is unknown.
   */
  async admit(kind: AdmittedNotify['kind'], request: NotifyRequest, response: unknown): Promise<AdmittedNotify> {
    const arrivedAt = performance.now();
    const observed = new ObservedNotify(kind);
    try {
      this.addresses.demand(request);
      const notification = await observed.run(() => this.verify(kind, request));
      noteArrival(notification, arrivedAt);
      const notify = { kind, notification, entrance: this };
      observed.accepted(request, response, notification);
      return notify;
    } catch (error) {
      if (error instanceof NotifyRefusal) {
        const answer = refusal(error);
        observed.refused(error.reason, answer.getStatus());
        this.refusals.report(error);
        markRefused(response);
        // It is not trusted, but may still be genuine.
        if (error.claimed !== undefined) this.reconciler.lookAtSoon(error.claimed);
        throw answer;
      }
      observed.failed(error);
      if (error instanceof Pass2PayError) {
        this.logger.error(`A notify could not be confirmed, and the gateway will redeliver it: ${error.message}`);
        throw new ServiceUnavailableException('The notify cannot be confirmed now; send it again later.', {
          cause: error,
        });
      }
      throw error;
    }
  }

  /** Watches the processing of a notify until its acknowledgement. */
  watch({ notification }: AdmittedNotify): ProcessingWatch {
    return this.watches.watch(outcomeEvent(notification, 'notify'));
  }

  /**
   * Resolves when the notify may be acknowledged: all its processing has ended, and at least one succeeded.
   *
   * @param route the method that returned, for the log
   * @throws ServiceUnavailableException when nothing was processed although this application could handle it.
   * @throws as `OutcomeProcessor.process` does.
   */
  async processed({ kind, notification }: AdmittedNotify, watch: ProcessingWatch, route: string): Promise<void> {
    const result = await watch.result();
    if (result !== undefined || !this.handles(kind)) return;
    this.logger.error(
      `${route} ended without processing ${kind} ${notification.mchOrderNo}, so it is not acknowledged and the gateway will send it again. Return this.outcomes.process(notification) of an injected OutcomeProcessor. If the method stores notifies elsewhere, decorate it with ${kind === 'payment' ? '@PaymentNotify' : '@TransferNotify'}(path, { ack: 'manual' }).`,
    );
    throw new ServiceUnavailableException('The notify was not processed; send it again later.');
  }

  private verify(kind: AdmittedNotify['kind'], request: NotifyRequest) {
    const message = messageIn(request);
    return kind === 'transfer' ? this.verifier.verifyTransfer(message) : this.verifier.verifyPayment(message);
  }

  /** @throws Error when neither this application nor a queue handles notifies of the kind. */
  demandHandlers(kind: AdmittedNotify['kind']): void {
    if (this.handles(kind)) return;
    throw new Error(`no provider has a method decorated with ${kind === 'payment' ? '@OnPayment()' : '@OnTransfer()'}`);
  }

  /** Whether a notify of the kind would be handled, by this process or by a queue's worker in another one. */
  private handles(kind: AdmittedNotify['kind']): boolean {
    return this.options.outcomeQueue !== undefined || this.handlers.ofKind(kind).length > 0;
  }
}

/** Without a stack trace, which would be of no use and would cost time on every such request. */
function refusal(error: NotifyRefusal): HttpException {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return error.reason === 'too-large'
      ? new PayloadTooLargeException('The notify is too large.', { cause: error })
      : new UnauthorizedException('Invalid notify signature.', { cause: error });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
