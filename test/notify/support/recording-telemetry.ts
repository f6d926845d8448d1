import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  createNoopMeter,
  metrics,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

/** Records spans and counts as an SDK would; the real one takes longer to load than the tests to run. */
export class RecordingTelemetry {
  /** The attributes of each span, and whether it has ended. */
  readonly spans: { attributes: Attributes; isEnded: boolean }[] = [];
  /** The attributes of each notify that was counted. */
  readonly notifies: Attributes[] = [];

  start(): void {
    const startSpan = () => this.startSpan();
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
    const meter = Object.assign(Object.create(createNoopMeter()) as ReturnType<typeof createNoopMeter>, {
      createCounter: (name: string) => ({
        add: (_value: number, attributes: Attributes) => {
          if (name === 'pass2pay.notifies') this.notifies.push(attributes);
        },
      }),
    });
    metrics.setGlobalMeterProvider({ getMeter: () => meter });
    context.setGlobalContextManager(new Contexts());
  }

  reset(): void {
    this.spans.length = 0;
    this.notifies.length = 0;
  }

  stop(): void {
    trace.disable();
    metrics.disable();
    context.disable();
  }

  private startSpan(): Span {
    const recorded = { attributes: {} as Attributes, isEnded: false };
    this.spans.push(recorded);
    const ids = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 };
    return Object.assign(trace.wrapSpanContext(ids), {
      isRecording: () => true,
      setAttribute: (name: string, value: string | number) => void (recorded.attributes[name] = value),
      setAttributes: (attributes: Attributes) => void Object.assign(recorded.attributes, attributes),
      end: () => void (recorded.isEnded = true),
    });
  }
}

class Contexts implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(active, () => work.apply(thisArg, args));
  }

  bind<T>(_active: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }
}
