// Loaded before everything else: node --import ./dist/telemetry.js dist/main.js
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({
  serviceName: 'shop',
  // Prometheus reads http://…:9464/metrics. Spans are sent to OTEL_EXPORTER_OTLP_ENDPOINT.
  metricReaders: [new PrometheusExporter({ port: Number(process.env.METRICS_PORT ?? 9464) })],
});
sdk.start();

export async function stopTelemetry(): Promise<void> {
  await sdk.shutdown();
}
