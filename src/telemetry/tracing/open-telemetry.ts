/** The part of tracing that needs OpenTelemetry: loaded only when tracing is enabled. */
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import type { OtlpProtocol } from './trace-plan';
import { tracedEncoder, tracedOutbox, type InheritedContexts } from './traced-outbox';
import { tracedSink } from './traced-sink';
import type { Tracing, TracingOptions } from './tracing';
import { watchedExporter } from './watched-exporter';

export interface OpenTelemetryOptions extends TracingOptions {
  readonly protocol: OtlpProtocol;
}

/**
 * Export time-out, ms, unless a variable sets another. Less than the default of 10 s: a process that stops waits this
 * long for its last spans.
 */
const EXPORT_TIMEOUT_MS = 3_000;
/** Time for the last spans on shutdown, ms. */
const CLOSE_MS = 4_000;

/**
 * A separate tracer, not registered globally: broker clients create no spans, and an embedding program keeps its own
 * tracer.
 */
export async function createTracing(options: OpenTelemetryOptions): Promise<Tracing> {
  const { version, log } = options;
  const exporter = watchedExporter(await createExporter(options), log);
  const provider = new BasicTracerProvider({
    resource: resourceOf(options),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('stream-infer', version);
  const inherited: InheritedContexts = new WeakMap();
  return {
    outbox: (outbox, stream) => tracedOutbox(outbox, tracer, stream, inherited),
    encoder: (encoder) => tracedEncoder(encoder, inherited),
    publisher: (sink, broker) => tracedSink(sink, tracer, broker),
    close: () => shutDown(provider, log),
  };
}

async function createExporter({ env, protocol }: OpenTelemetryOptions): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  const chosen = env['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'] || env['OTEL_EXPORTER_OTLP_TIMEOUT'];
  return new OTLPTraceExporter(chosen ? {} : { timeoutMillis: EXPORT_TIMEOUT_MS });
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` take precedence. */
function resourceOf({ version, instanceId }: TracingOptions) {
  const own = resourceFromAttributes({
    'service.name': 'stream-infer',
    'service.version': version,
    'service.instance.id': instanceId,
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

async function shutDown(provider: BasicTracerProvider, log: Log): Promise<void> {
  try {
    await waitAtMost(provider.shutdown(), CLOSE_MS);
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'the last spans could not be sent');
  }
}
