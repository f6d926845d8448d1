import { context, SpanKind, type Attributes, type Span, type SpanOptions } from '@opentelemetry/api';
import { Pass2PayApiError, Pass2PayConnectionError } from '../errors/pass2pay.errors.js';
import { instruments } from './instruments.js';
import { isObserved } from './is-observed.js';
import { ATTRIBUTES, SPANS } from './names.js';
import { errorType, inSpan, isTraced, markFailed, NO_SPAN } from './spans.js';

/** The target of an endpoint's requests, as named in spans and metrics. */
export interface CallTarget {
  endpoint: string;
  spanName: string;
  spanOptions: SpanOptions;
  attributes: Attributes;
}

/** The identifiers in a call's telemetry: the merchant's, never a payer's. */
export interface CallSubject {
  mchNo: string;
  appId: string;
  mchOrderNo?: string;
}

/** @param url of the endpoint, without user and query */
export function callTarget(endpoint: string, url: string): CallTarget {
  const { hostname, port, protocol, pathname } = new URL(url);
  const server = {
    'http.request.method': 'POST',
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
  return {
    endpoint,
    spanName: `POST ${pathname}`,
    spanOptions: {
      kind: SpanKind.CLIENT,
      attributes: { ...server, 'url.full': url, [ATTRIBUTES.endpoint]: endpoint },
    },
    attributes: { ...server, [ATTRIBUTES.endpoint]: endpoint },
  };
}

/** One call to the gateway, with one request or, with retries, several. */
export class ObservedCall {
  private requests = 0;

  constructor(
    private readonly target: CallTarget,
    private readonly subject: CallSubject,
  ) {}

  /** Counts the call by result. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    if (instruments() === undefined) return work();
    try {
      const result = await work();
      this.count('ok');
      return result;
    } catch (error) {
      this.count(errorType(error), error);
      throw error;
    }
  }

  /** Creates a span for one request. */
  async request<T extends { traceId?: string }>(work: (request: ObservedRequest) => Promise<T>): Promise<T> {
    const resent = this.requests++;
    if (!isObserved()) return work(new ObservedRequest(NO_SPAN));
    if (resent > 0) instruments()?.retries.add(1, QUERY);
    return inRequestSpan(this.target, async (span) => {
      const request = new ObservedRequest(span);
      if (span.isRecording()) span.setAttributes(this.startAttributes(resent));
      try {
        const response = await work(request);
        request.end(this.target, 'ok', response.traceId);
        return response;
      } catch (error) {
        request.end(this.target, errorType(error), (error as { traceId?: string }).traceId, error);
        throw error;
      }
    });
  }

  private startAttributes(resent: number): Attributes {
    const { mchNo, appId, mchOrderNo } = this.subject;
    return {
      [ATTRIBUTES.mchNo]: mchNo,
      [ATTRIBUTES.appId]: appId,
      ...(mchOrderNo !== undefined && { [ATTRIBUTES.mchOrderNo]: mchOrderNo }),
      ...(resent > 0 && { 'http.request.resend_count': resent }),
    };
  }

  private count(outcome: string, error?: unknown): void {
    const made = instruments();
    if (made === undefined) return;
    const { endpoint } = this.target;
    made.calls.add(1, { [ATTRIBUTES.endpoint]: endpoint, [ATTRIBUTES.outcome]: outcome });
    if (error === undefined) return;
    const refusal = error instanceof Pass2PayApiError ? { [ATTRIBUTES.gatewayCode]: error.gatewayCode } : {};
    made.errors.add(1, { [ATTRIBUTES.endpoint]: endpoint, 'error.type': outcome, ...refusal });
  }
}

/** One request in flight. */
export class ObservedRequest {
  private sentAt: number | undefined;
  private status: number | undefined;

  constructor(private readonly span: Span) {}

  /** Runs in the request's own context, also while it waits for another request to finish. */
  bind<T>(work: () => T): () => T {
    return context.bind(context.active(), work);
  }

  /** The duration is measured from here. */
  sending(): void {
    this.sentAt = performance.now();
  }

  answered(status: number): void {
    this.status = status;
  }

  /** A refusal is a response; only a missing or unusable response marks the span as failed. */
  end(target: CallTarget, outcome: string, traceId: string | undefined, error?: unknown): void {
    const { span, status } = this;
    if (span.isRecording()) {
      span.setAttributes({
        [ATTRIBUTES.outcome]: outcome,
        ...(status !== undefined && { 'http.response.status_code': status }),
        ...(traceId !== undefined && { [ATTRIBUTES.traceId]: traceId }),
      });
      if (error instanceof Pass2PayApiError) span.setAttribute(ATTRIBUTES.gatewayCode, error.gatewayCode);
      else if (error !== undefined) {
        markFailed(span, error);
        if (error instanceof Pass2PayConnectionError && error.httpStatus !== undefined && error.httpStatus >= 300) {
          span.setAttribute('error.type', String(error.httpStatus));
        }
      }
    }
    const made = this.sentAt === undefined ? undefined : instruments();
    made?.requestDuration.record((performance.now() - this.sentAt!) / 1000, {
      ...target.attributes,
      [ATTRIBUTES.outcome]: outcome,
      ...(status !== undefined && { 'http.response.status_code': status }),
    });
  }
}

/** Like `inSpan`, but the request itself reports whether it has failed. */
async function inRequestSpan<T>(target: CallTarget, work: (span: Span) => Promise<T>): Promise<T> {
  let failure: { error: unknown } | undefined;
  const result = await inSpan(target.spanName, target.spanOptions, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failure = { error };
      return undefined;
    }
  });
  if (failure !== undefined) throw failure.error;
  return result as T;
}

const CREATE: Attributes = { [ATTRIBUTES.operation]: 'create' };
const QUERY: Attributes = { [ATTRIBUTES.operation]: 'query' };
const CREATION: SpanOptions = { kind: SpanKind.INTERNAL };

/** The creation of one order or transfer: everything that is sent and queried until its outcome is known. */
export class ObservedCreation {
  private sends = 0;
  private isRecovered = false;

  private constructor(private readonly mchOrderNo: string) {}

  static async run<T>(mchOrderNo: string, work: (creation: ObservedCreation) => Promise<T>): Promise<T> {
    const creation = new ObservedCreation(mchOrderNo);
    if (!isTraced()) return work(creation);
    return inSpan(SPANS.create, CREATION, async (span) => {
      try {
        const made = await work(creation);
        creation.describe(span, creation.isRecovered ? 'recovered' : 'made');
        return made;
      } catch (error) {
        creation.describe(span, errorType(error));
        throw error;
      }
    });
  }

  /** Called each time the create is sent. */
  sending(): void {
    if (this.sends++ > 0) instruments()?.retries.add(1, CREATE);
  }

  /** The order already existed, or its response was lost and a query found it. */
  recovered(): void {
    this.isRecovered = true;
  }

  private describe(span: Span, outcome: string): void {
    if (!span.isRecording()) return;
    span.setAttributes({
      [ATTRIBUTES.mchOrderNo]: this.mchOrderNo,
      [ATTRIBUTES.outcome]: outcome,
      [ATTRIBUTES.retries]: Math.max(0, this.sends - 1),
    });
  }
}
