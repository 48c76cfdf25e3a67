import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { tracedSink } from '../../../src/telemetry/tracing/traced-sink';
import { StreamInferError } from '../../../src/core/errors';
import { headerText, type Header, type OutgoingMessage } from '../../../src/core/message';
import type { MessageSink } from '../../../src/core/ports';

const OTHER = `00-${'a'.repeat(31)}1-${'0'.repeat(15)}1-01`;
const message = (...headers: Header[]): OutgoingMessage => ({ key: null, value: Buffer.from('x'), headers });

function stage(publish: MessageSink['publish'] = async () => []) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const published: OutgoingMessage[] = [];
  const inner: MessageSink = {
    open: async () => undefined,
    publish: (topic, messages, more) => {
      published.push(...messages);
      return publish(topic, messages, more);
    },
    status: () => ({ state: 'up' }),
    flush: async () => undefined,
    close: async () => undefined,
  };
  const sink = tracedSink(inner, provider.getTracer('test'), 'pubsub');
  return { sink, published, spans: () => exporter.getFinishedSpans() };
}

describe('a publish', () => {
  it('is a span that its messages carry, except messages with a context of their own', async () => {
    const { sink, published, spans } = stage();
    await sink.publish('images', [message(['index', '1']), message(['traceparent', OTHER]), message()]);
    const [span] = spans();
    expect(span).toMatchObject({
      name: 'send images',
      kind: SpanKind.PRODUCER,
      attributes: { 'messaging.system': 'gcp_pubsub', 'messaging.batch.message_count': 3 },
    });
    const { traceId, spanId } = span!.spanContext();
    const own = `00-${traceId}-${spanId}-01`;
    expect(published.map(({ headers }) => headerText(headers, 'traceparent'))).toEqual([own, OTHER, own]);
    expect(headerText(published[0]!.headers, 'index')).toBe('1');
  });

  it('is an error when it fails, and when the broker refuses a message', async () => {
    const failing = stage(() => Promise.reject(new StreamInferError('PUBLISH_FAILED', 'away')));
    await expect(failing.sink.publish('images', [message()])).rejects.toThrow('away');
    expect(failing.spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'away' },
      attributes: { 'error.type': 'PUBLISH_FAILED' },
    });
    const refusing = stage(async () => [{ index: 0, reason: 'too large' }]);
    expect(await refusing.sink.publish('images', [message()])).toHaveLength(1);
    expect(refusing.spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too large' });
  });
});
