import { createServer } from 'node:http';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { metrics as sdkMetrics, NodeSDK, tracing } from '@opentelemetry/sdk-node';

type Span = ReturnType<tracing.InMemorySpanExporter['getFinishedSpans']>[number];

/** One value of a metric, as it was collected. */
export interface Point {
  name: string;
  unit: string;
  attributes: Readonly<Record<string, unknown>>;
  /** A histogram's count; the value of any other. */
  value: number;
}

/** A real SDK whose spans and metrics stay in memory, and can be scraped as Prometheus does. */
export class RecordingSdk {
  private readonly exporter = new tracing.InMemorySpanExporter();
  private readonly endings = new EventEmitter();
  private readonly prometheus = new PrometheusExporter({ preventServerStart: true });
  private readonly reader = new sdkMetrics.PeriodicExportingMetricReader({
    exporter: new sdkMetrics.InMemoryMetricExporter(sdkMetrics.AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 3_600_000,
    exportTimeoutMillis: 10_000,
  });
  private readonly sdk = new NodeSDK({
    spanProcessors: [
      new tracing.SimpleSpanProcessor(this.exporter),
      {
        onStart: () => undefined,
        onEnd: () => void this.endings.emit('end'),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
    metricReaders: [this.reader, this.prometheus],
    instrumentations: [],
    autoDetectResources: false,
  });

  start(): void {
    this.sdk.start();
  }

  async stop(): Promise<void> {
    await this.sdk.shutdown();
  }

  get spans(): readonly Span[] {
    return this.exporter.getFinishedSpans();
  }

  named(name: string): readonly Span[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Resolves when such a span of this name has ended. */
  async ended(name: string, isIt: (span: Span) => boolean): Promise<void> {
    while (!this.named(name).some(isIt)) await once(this.endings, 'end');
  }

  async points(): Promise<Point[]> {
    const { resourceMetrics } = await this.reader.collect();
    return resourceMetrics.scopeMetrics
      .filter(({ scope }) => scope.name === 'nestjs-pass2pay')
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name: descriptor.name,
          unit: descriptor.unit,
          attributes,
          value: typeof value === 'number' ? value : value.count,
        })),
      );
  }

  /** The sum of a metric's values whose attributes fit. */
  async total(name: string, fitting: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const points = (await this.points()).filter(
      (point) =>
        point.name === name && Object.entries(fitting).every(([key, value]) => point.attributes[key] === value),
    );
    return points.reduce((sum, { value }) => sum + value, 0);
  }

  /** What Prometheus would read, over HTTP. */
  async scrape(): Promise<string> {
    const server = createServer((request, response) => this.prometheus.getMetricsRequestHandler(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    } finally {
      server.close();
    }
  }
}
