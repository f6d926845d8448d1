import { SpanKind, type SpanOptions } from '@opentelemetry/api';
import { instruments } from './instruments.js';
import { isObserved } from './is-observed.js';
import { ATTRIBUTES, SPANS } from './names.js';
import { errorType, inSpan } from './spans.js';

/** The attributes of an event that spans and metrics show. */
interface ObservedEvent {
  kind: 'payment' | 'transfer';
  data: { mchNo: string; appId: string; mchOrderNo: string; state: number; successTime?: number; reqTime?: number };
}

const INTERNAL: SpanOptions = { kind: SpanKind.INTERNAL };

/** The delivery of an event to its handlers. */
export class ObservedDelivery {
  private isLate = false;

  private constructor(private readonly event: ObservedEvent) {}

  static run<Result extends string>(
    event: ObservedEvent,
    work: (delivery: ObservedDelivery) => Promise<Result>,
  ): Promise<Result> {
    const delivery = new ObservedDelivery(event);
    if (!isObserved()) return work(delivery);
    return inSpan(SPANS.outcome, INTERNAL, async (span) => {
      const { kind, data } = event;
      if (span.isRecording()) {
        span.setAttributes({
          [ATTRIBUTES.kind]: kind,
          [ATTRIBUTES.mchNo]: data.mchNo,
          [ATTRIBUTES.appId]: data.appId,
          [ATTRIBUTES.mchOrderNo]: data.mchOrderNo,
          [ATTRIBUTES.state]: data.state,
        });
      }
      try {
        const result = await work(delivery);
        if (span.isRecording()) span.setAttributes({ [ATTRIBUTES.result]: result, [ATTRIBUTES.late]: delivery.isLate });
        delivery.count(result);
        return result;
      } catch (error) {
        if (span.isRecording()) span.setAttribute(ATTRIBUTES.result, 'failed');
        delivery.count('failed');
        throw error;
      }
    });
  }

  /** It is a payment that arrived after its order's failure or closing had been handled. */
  late(): void {
    this.isLate = true;
  }

  private count(result: string): void {
    const made = instruments();
    if (made === undefined) return;
    const { kind, data } = this.event;
    const attributes = { [ATTRIBUTES.kind]: kind, [ATTRIBUTES.state]: data.state };
    made.outcomes.add(1, { ...attributes, [ATTRIBUTES.result]: result, [ATTRIBUTES.late]: this.isLate });
    const since = data.successTime ?? data.reqTime;
    // The gateway's clock may be ahead of this one.
    if (result === 'applied' && since !== undefined) {
      made.lag.record(Math.max(0, (Date.now() - since) / 1000), attributes);
    }
  }
}

/** One handler run of a delivery. */
export async function observeHandler(name: string, work: () => unknown): Promise<void> {
  if (!isObserved()) {
    await work();
    return;
  }
  await inSpan(SPANS.handler, INTERNAL, async (span) => {
    if (span.isRecording()) span.setAttributes({ [ATTRIBUTES.handler]: name, 'code.function.name': name });
    const startedAt = performance.now();
    try {
      await work();
      instruments()?.handlerDuration.record((performance.now() - startedAt) / 1000, { [ATTRIBUTES.handler]: name });
    } catch (error) {
      instruments()?.handlerDuration.record((performance.now() - startedAt) / 1000, {
        [ATTRIBUTES.handler]: name,
        'error.type': errorType(error),
      });
      throw error;
    }
  });
}

/** Querying the gateway about one order without a final notify. */
export async function observeReconciling<Result extends string>(
  {
    kind,
    mchNo,
    appId,
    mchOrderNo,
  }: Pick<ObservedEvent, 'kind'> & Pick<ObservedEvent['data'], 'mchNo' | 'appId' | 'mchOrderNo'>,
  work: () => Promise<Result>,
): Promise<Result> {
  return inSpan(SPANS.reconcile, INTERNAL, async (span) => {
    const count = (result: string) => {
      if (span.isRecording()) {
        span.setAttributes({
          [ATTRIBUTES.kind]: kind,
          [ATTRIBUTES.mchNo]: mchNo,
          [ATTRIBUTES.appId]: appId,
          [ATTRIBUTES.mchOrderNo]: mchOrderNo,
          [ATTRIBUTES.result]: result,
        });
      }
      instruments()?.reconciled.add(1, { [ATTRIBUTES.kind]: kind, [ATTRIBUTES.result]: result });
    };
    try {
      const result = await work();
      count(result);
      return result;
    } catch (error) {
      count('failed');
      throw error;
    }
  });
}
