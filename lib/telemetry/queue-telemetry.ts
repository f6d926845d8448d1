import { context, propagation, ROOT_CONTEXT, SpanKind, trace, type SpanOptions } from '@opentelemetry/api';
import { ATTRIBUTES, SPANS } from './names.js';
import { inSpan } from './spans.js';

/** A trace's context as text, in the propagators' fields: `traceparent` and so on. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** An event in a queue. */
interface QueuedEvent {
  kind: 'payment' | 'transfer';
  data: { mchNo: string; appId: string; mchOrderNo: string; state: number };
}

/** Adding events to a queue. */
export async function observeEnqueueing<T>(queue: string, event: QueuedEvent, work: () => Promise<T>): Promise<T> {
  return inSpan(SPANS.enqueue, { kind: SpanKind.PRODUCER }, async (span) => {
    if (span.isRecording()) span.setAttributes(attributesOf(queue, event, 'send'));
    return work();
  });
}

/** The context to store with the event; undefined if nothing is traced. */
export function currentTrace(): TraceCarrier | undefined {
  const current = context.active();
  if (trace.getSpan(current) === undefined) return undefined;
  const carrier: Record<string, string> = {};
  propagation.inject(current, carrier);
  return Object.keys(carrier).length === 0 ? undefined : carrier;
}

/** A worker's handling of an event, in a separate trace that is linked to the one in which the event was added. */
export async function observeProcessing<T>(
  queue: string,
  event: QueuedEvent,
  carrier: TraceCarrier | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const enqueued = carrier && trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
  const options: SpanOptions = {
    kind: SpanKind.CONSUMER,
    root: true,
    ...(enqueued && { links: [{ context: enqueued }] }),
  };
  return inSpan(SPANS.process, options, async (span) => {
    if (span.isRecording()) span.setAttributes(attributesOf(queue, event, 'process'));
    return work();
  });
}

function attributesOf(queue: string, { kind, data }: QueuedEvent, operation: 'send' | 'process') {
  return {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'messaging.operation.type': operation,
    [ATTRIBUTES.kind]: kind,
    [ATTRIBUTES.mchNo]: data.mchNo,
    [ATTRIBUTES.appId]: data.appId,
    [ATTRIBUTES.mchOrderNo]: data.mchOrderNo,
    [ATTRIBUTES.state]: data.state,
  };
}
