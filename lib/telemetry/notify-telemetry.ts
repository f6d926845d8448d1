import { context, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { finished } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { instruments } from './instruments.js';
import { ATTRIBUTES, SPANS } from './names.js';
import { errorType, isTraced, NO_SPAN, tracer } from './spans.js';

/** The attributes of a notify that spans show. */
interface Told {
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  state: number;
}

/** The context of each accepted request, so that its handlers belong to its span. */
const contexts = new WeakMap<object, Context>();

/** One notify: its span starts with the verification and ends with the response. */
export class ObservedNotify {
  private readonly span: Span = NO_SPAN;
  private readonly context: Context | undefined;

  /** A child of the application's own span of the request, if there is one. */
  constructor(private readonly kind: 'payment' | 'transfer') {
    if (!isTraced()) return;
    const parent = context.active();
    const hasParent = trace.getSpan(parent) !== undefined;
    this.span = tracer.startSpan(SPANS.notify, hasParent ? WITHIN_REQUEST : AS_REQUEST, parent);
    this.context = trace.setSpan(parent, this.span);
  }

  /** Runs work within the span. */
  run<T>(work: () => T): T {
    return this.context === undefined ? work() : context.with(this.context, work);
  }

  accepted(request: object, response: unknown, { mchNo, appId, mchOrderNo, state }: Told): void {
    this.count('accepted');
    if (this.context === undefined || !this.span.isRecording()) return;
    contexts.set(request, this.context);
    this.span.setAttributes({
      [ATTRIBUTES.kind]: this.kind,
      [ATTRIBUTES.result]: 'accepted',
      [ATTRIBUTES.mchNo]: mchNo,
      [ATTRIBUTES.appId]: appId,
      [ATTRIBUTES.mchOrderNo]: mchOrderNo,
      [ATTRIBUTES.state]: state,
    });
    this.endWith(response);
  }

  /**
   * No content of a refused notify is shown, because anybody could have sent it.
   *
   * @param status the HTTP status of the response
   */
  refused(reason: string, status: number): void {
    this.count('refused', reason);
    if (this.span.isRecording()) {
      this.span.setAttributes({
        [ATTRIBUTES.kind]: this.kind,
        [ATTRIBUTES.result]: 'refused',
        [ATTRIBUTES.reason]: reason,
        'http.response.status_code': status,
      });
    }
    this.span.end();
  }

  /** It failed, or the gateway will redeliver it. */
  failed(error: unknown): void {
    this.count('failed', errorType(error));
    if (this.span.isRecording()) {
      this.span.setStatus({ code: SpanStatusCode.ERROR });
      this.span.setAttributes({
        [ATTRIBUTES.kind]: this.kind,
        [ATTRIBUTES.result]: 'failed',
        'error.type': errorType(error),
      });
    }
    this.span.end();
  }

  private count(result: 'accepted' | 'refused' | 'failed', reason?: string): void {
    instruments()?.notifies.add(1, {
      [ATTRIBUTES.kind]: this.kind,
      [ATTRIBUTES.result]: result,
      ...(reason !== undefined && { [ATTRIBUTES.reason]: reason }),
    });
  }

  /** Covers every way in which the request can end. */
  private endWith(response: unknown): void {
    const raw = ((response as { raw?: unknown } | undefined)?.raw ?? response) as ServerResponse | undefined;
    if (typeof raw?.on !== 'function') {
      this.span.end();
      return;
    }
    finished(raw, () => {
      this.span.setAttribute('http.response.status_code', raw.statusCode);
      if (raw.statusCode >= 500) this.span.setStatus({ code: SpanStatusCode.ERROR });
      this.span.end();
    });
  }
}

const WITHIN_REQUEST = { kind: SpanKind.INTERNAL, attributes: { 'http.request.method': 'POST' } };
const AS_REQUEST = { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'POST' } };

/** Runs work within the span of the request's notify, or without a span if there is none. */
export function withinNotify<T>(request: object, work: () => T): T {
  const notify = contexts.get(request);
  return notify === undefined ? work() : context.with(notify, work);
}
