import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import { BROKER_TRAITS } from '../../core/broker-traits';
import { messageOf } from '../../core/errors';
import type { DeadLetterOutcome, Outcome, PredictionOutcome } from '../../core/prediction';
import type { BatchLinks } from './links';
import { MESSAGING_SYSTEMS } from './messaging-systems';
import type { TracedStream } from './tracing';

/** Largest number of dead letters with an event of their own. */
const MOST_EVENTS = 32;

/**
 * The span of one batch, from the arrival of its oldest message to the broker's confirmation of its outcomes. It has
 * child spans for classifying and publishing. It is created at delivery with a start in the past: its attributes are
 * unknown before.
 */
export class BatchSpan {
  readonly span: Span;
  readonly #publishing: Span;
  readonly #wallClock = wallClock();

  constructor(
    tracer: Tracer,
    stream: TracedStream,
    outcomes: readonly Outcome[],
    { links, left }: BatchLinks,
  ) {
    const letters = outcomes.filter((outcome) => outcome.kind === 'dead letter');
    const predictions = outcomes.filter((outcome) => outcome.kind === 'prediction');
    this.span = tracer.startSpan(
      `process ${stream.input}`,
      {
        kind: SpanKind.CONSUMER,
        links: [...links],
        startTime: this.#wallClock(Math.min(...outcomes.map(({ delivery }) => delivery.receivedAt))),
        attributes: {
          ...attributesOf(stream),
          'messaging.batch.message_count': outcomes.length,
          'stream_infer.dead_letters': letters.length,
          ...(left > 0 && { 'stream_infer.links_left_out': left }),
        },
      },
      ROOT_CONTEXT,
    );
    const inside = trace.setSpan(ROOT_CONTEXT, this.span);
    if (letters.length > 0) tellLetters(this.span, letters, outcomes.length);
    if (predictions[0]) this.#classified(tracer, predictions[0], inside);
    const startTime = this.#wallClock(performance.now());
    this.#publishing = tracer.startSpan(
      ...publishing(stream, predictions.length, letters.length, startTime),
      inside,
    );
  }

  /** @param durable the confirmed ones of the outcomes */
  end(outcomes: readonly Outcome[], durable: readonly Outcome[]): void {
    const abandoned = outcomes.length - durable.length;
    if (abandoned > 0) this.span.setAttribute('stream_infer.abandoned', abandoned);
    this.#close();
  }

  fail(error: unknown): void {
    for (const span of [this.#publishing, this.span]) fail(span, error);
    this.#close();
  }

  /** All predictions of one delivery come from one batch of a worker, so any of them has its times. */
  #classified(tracer: Tracer, outcome: PredictionOutcome, inside: Context): void {
    const { delivery, queueMs, totalMs } = outcome;
    const startTime = this.#wallClock(delivery.receivedAt + queueMs);
    const attributes = modelAttributes(outcome);
    tracer
      .startSpan('classify', { startTime, attributes }, inside)
      .end(this.#wallClock(delivery.receivedAt + totalMs));
  }

  #close(): void {
    const now = this.#wallClock(performance.now());
    this.#publishing.end(now);
    this.span.end(now);
  }
}

/** Marks a span as failed. */
export function fail(span: Span, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL';
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
}

function tellLetters(span: Span, letters: readonly DeadLetterOutcome[], of: number): void {
  const codes = [...new Set(letters.map(({ rejection }) => rejection.code))];
  span.setAttribute('error.type', codes.length === 1 ? (codes[0] as string) : 'several');
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: `${letters.length} of ${of} ${of === 1 ? 'message' : 'messages'} sent to the dead-letter queue: ${codes.join(', ')}`,
  });
  for (const { delivery, rejection } of letters.slice(0, MOST_EVENTS))
    span.addEvent('dead letter', {
      'messaging.message.id': delivery.sourceId,
      'error.type': rejection.code,
      'stream_infer.stage': rejection.stage,
      'stream_infer.message': rejection.message,
    });
}

function modelAttributes({ model, batchSize, inferenceMs }: PredictionOutcome): Attributes {
  return {
    'stream_infer.model.name': model.name,
    'stream_infer.model.version': model.version,
    'stream_infer.runtime': model.runtime,
    'stream_infer.precision': model.precision,
    'stream_infer.batch_size': batchSize,
    'stream_infer.inference_ms': inferenceMs,
  };
}

function publishing(
  { broker, output, dlq }: TracedStream,
  predictions: number,
  letters: number,
  startTime: number,
): [name: string, options: SpanOptions] {
  const topic = predictions > 0 ? output : dlq;
  const attributes = {
    'messaging.system': MESSAGING_SYSTEMS[broker],
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.batch.message_count': predictions + letters,
  };
  return [`send ${topic}`, { kind: SpanKind.CLIENT, startTime, attributes }];
}

const READER_NAMES = {
  group: 'messaging.consumer.group.name',
  subscription: 'messaging.destination.subscription.name',
} as const;

function attributesOf({ broker, input, group }: TracedStream): Attributes {
  return {
    'messaging.system': MESSAGING_SYSTEMS[broker],
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': input,
    [READER_NAMES[BROKER_TRAITS[broker].readsBy]]: group,
  };
}

/** From the monotonic clock, which may have drifted from the wall clock since the start of the process; ms. */
function wallClock(): (monotonic: number) => number {
  const ahead = Date.now() - performance.now();
  return (monotonic) => ahead + monotonic;
}
