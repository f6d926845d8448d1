import { trace, type Attributes, type Span, type Tracer } from '@opentelemetry/api';

/** The attributes of each span that has started, with its name. One for a whole test file: tracers keep the first. */
export class RecordedSpans {
  private readonly started: ({ name: string } & Attributes)[] = [];

  private readonly tracer = {
    startActiveSpan: (name: string, _options: unknown, work: (span: Span) => unknown) => work(this.span(name)),
  } as unknown as Tracer;

  constructor() {
    trace.setGlobalTracerProvider({ getTracer: () => this.tracer });
  }

  /** The spans since the last call. */
  take(): ({ name: string } & Attributes)[] {
    return this.started.splice(0);
  }

  stop(): void {
    trace.disable();
  }

  private span(name: string): Span {
    const recorded: { name: string } & Attributes = { name };
    this.started.push(recorded);
    return {
      isRecording: () => true,
      setAttributes: (attributes: Attributes) => Object.assign(recorded, attributes),
      setAttribute: (attribute: string, value: unknown) => Object.assign(recorded, { [attribute]: value }),
      setStatus: () => undefined,
      end: () => undefined,
    } as unknown as Span;
  }
}
