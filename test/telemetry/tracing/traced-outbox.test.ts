import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import {
  tracedEncoder,
  tracedOutbox,
  type InheritedContexts,
} from '../../../src/telemetry/tracing/traced-outbox';
import { createOutcomeEncoder } from '../../../src/setup/outcome-encoder';
import { configSchema } from '../../../src/config/schema';
import { StreamInferError } from '../../../src/core/errors';
import { headerText, type Header, type OutgoingMessage } from '../../../src/core/message';
import type { Outbox } from '../../../src/core/ports';
import type { DeadLetterOutcome, Outcome } from '../../../src/core/prediction';
import { createOutcome, MODEL, type OutcomeFields } from '../../helpers/services';

const STREAM = {
  broker: 'kafka',
  input: 'images',
  group: 'g',
  output: 'predictions',
  dlq: 'images.dlq',
} as const;
const traceparent = (n: number) => `00-${'a'.repeat(31)}1-${n.toString(16).padStart(16, '0')}-01`;

function prediction(headers: readonly Header[] = [], fields: OutcomeFields = {}): Outcome {
  const outcome = createOutcome(fields);
  return { ...outcome, delivery: { ...outcome.delivery, headers } };
}
const from = (n: number) => prediction([['traceparent', traceparent(n)]]);

function deadLetter(headers: readonly Header[] = []): DeadLetterOutcome {
  const { delivery } = createOutcome();
  const rejection = { code: 'CORRUPT', message: 'cut off', stage: 'decode', attempts: 1 } as const;
  return { kind: 'dead letter', delivery: { ...delivery, headers }, rejection };
}

function stage(deliver?: Outbox['deliver']) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const inherited: InheritedContexts = new WeakMap();
  const encoder = tracedEncoder(
    createOutcomeEncoder(configSchema.parse({ broker: 'kafka' }), () => MODEL),
    inherited,
  );
  const published: OutgoingMessage[] = [];
  const inner: Outbox = {
    stalled: true,
    deliver:
      deliver ??
      (async (outcomes) => {
        published.push(...outcomes.map((outcome) => encoder.encode(outcome)));
        return outcomes;
      }),
  };
  const outbox = tracedOutbox(inner, provider.getTracer('test'), STREAM, inherited);
  const span = (name: string) => exporter.getFinishedSpans().find((one) => one.name === name) as ReadableSpan;
  return { outbox, published, exporter, span };
}
const ms = ([seconds, nanos]: readonly [number, number]) => seconds * 1e3 + nanos / 1e6;

describe('a batch that is delivered', () => {
  it('is a span with one link for each context, and a child for classifying and publishing', async () => {
    const { outbox, exporter, span } = stage();
    const outcomes = [from(1), from(2), from(1), prediction(), prediction([['traceparent', 'nonsense']])];
    expect(await outbox.deliver(outcomes)).toBe(outcomes);
    expect(exporter.getFinishedSpans()).toHaveLength(3);
    const batch = span('process images');
    expect(batch).toMatchObject({
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'images',
        'messaging.consumer.group.name': 'g',
        'messaging.batch.message_count': 5,
        'stream_infer.dead_letters': 0,
      },
    });
    expect(batch.parentSpanContext).toBeUndefined();
    expect(batch.links.map(({ context, attributes }) => [context.spanId, attributes])).toEqual([
      ['0000000000000001', { 'stream_infer.messages': 2 }],
      ['0000000000000002', { 'stream_infer.messages': 1 }],
    ]);
    for (const name of ['classify', 'send predictions'])
      expect(span(name).parentSpanContext?.spanId).toBe(batch.spanContext().spanId);
    expect(span('classify').attributes).toMatchObject({
      'stream_infer.model.name': 'fashion-mnist',
      'stream_infer.runtime': 'tfjs-node',
      'stream_infer.batch_size': 32,
    });
  });

  it('begins with the arrival of its oldest message and ends with the confirmation', async () => {
    const now = Date.now() - performance.now();
    const { outbox, span } = stage();
    const timing = { queueMs: 2, totalMs: 5 };
    const [old, young] = [prediction([], { timing }), prediction([], { timing })];
    Object.assign(old.delivery, { receivedAt: performance.now() - 1_000 });
    await outbox.deliver([young, old]);
    const batch = span('process images');
    expect(ms(batch.startTime)).toBeCloseTo(now + old.delivery.receivedAt, -2);
    const classify = span('classify');
    expect(ms(classify.startTime) - ms(batch.startTime)).toBeGreaterThan(900);
    expect(ms(classify.endTime) - ms(classify.startTime)).toBeCloseTo(3, 1);
    expect(ms(span('send predictions').endTime)).toBe(ms(batch.endTime));
  });

  it('has at most 128 links, and counts the omitted ones', async () => {
    const { outbox, span } = stage();
    await outbox.deliver(Array.from({ length: 200 }, (_, n) => from(n + 1)));
    expect(span('process images').links).toHaveLength(128);
    expect(span('process images').attributes['stream_infer.links_left_out']).toBe(72);
  });

  it('is an error where messages end as dead letters, each with an event', async () => {
    const { outbox, span } = stage();
    await outbox.deliver([prediction(), deadLetter()]);
    const batch = span('process images');
    expect(batch.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: '1 of 2 messages sent to the dead-letter queue: CORRUPT',
    });
    expect(batch.attributes).toMatchObject({ 'stream_infer.dead_letters': 1, 'error.type': 'CORRUPT' });
    expect(batch.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'dead letter',
        {
          'messaging.message.id': 'images/0/0',
          'error.type': 'CORRUPT',
          'stream_infer.stage': 'decode',
          'stream_infer.message': 'cut off',
        },
      ],
    ]);
  });

  it('that was refused before it came to a worker has no time for classifying', async () => {
    const { outbox, exporter } = stage();
    await outbox.deliver(Array.from({ length: 100 }, () => deadLetter()));
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name).sort()).toEqual(['process images', 'send images.dlq']);
    expect(spans.find(({ name }) => name === 'process images')?.events).toHaveLength(32);
  });

  it('counts its revoked messages', async () => {
    const { outbox, span } = stage(async (outcomes) => outcomes.slice(1));
    await outbox.deliver([from(1), from(2)]);
    expect(span('process images').attributes['stream_infer.abandoned']).toBe(1);
  });

  it('is an error where publishing failed, and the error is passed on', async () => {
    const fenced = new StreamInferError('FENCED', 'another process has taken over');
    const { outbox, span } = stage(() => Promise.reject(fenced));
    await expect(outbox.deliver([from(1)])).rejects.toBe(fenced);
    for (const name of ['process images', 'send predictions']) {
      expect(span(name).status).toMatchObject({ code: SpanStatusCode.ERROR, message: fenced.message });
      expect(span(name).attributes['error.type']).toBe('FENCED');
    }
  });
});

describe('what is published', () => {
  it('carries on the context of the image, else that of the batch', async () => {
    const { outbox, published, span } = stage();
    await outbox.deliver([
      from(1),
      prediction(),
      prediction([['traceparent', 'nonsense']]),
      prediction([['googclient_traceparent', traceparent(7)]]),
    ]);
    const { traceId, spanId } = span('process images').spanContext();
    const own = `00-${traceId}-${spanId}-01`;
    expect(published.map(({ headers }) => headerText(headers, 'traceparent'))).toEqual([
      traceparent(1),
      own,
      own,
      traceparent(7),
    ]);
    for (const { headers } of published)
      expect(headers.filter(([name]) => name === 'traceparent')).toHaveLength(1);
  });

  it('is left as it is where it is a dead letter', async () => {
    const { outbox, published } = stage();
    await outbox.deliver([deadLetter(), deadLetter([['traceparent', 'nonsense']])]);
    expect(published.map(({ headers }) => headerText(headers, 'traceparent'))).toEqual([
      undefined,
      'nonsense',
    ]);
  });
});

it('the outbox still reports whether it is stalled', () => {
  expect(stage().outbox.stalled).toBe(true);
});
