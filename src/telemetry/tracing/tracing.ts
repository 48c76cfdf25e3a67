import type { BrokerKind } from '../../core/message';
import type { OutcomeEncoder } from '../../pipeline/outbox';
import type { Log, MessageSink, Outbox } from '../../core/ports';

export interface TracingOptions {
  readonly version: string;
  readonly instanceId: string;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
}

/** Attributes shared by the spans of all batches of one process. */
export interface TracedStream {
  readonly broker: BrokerKind;
  readonly input: string;
  /** The consumer group, or on Pub/Sub the subscription. */
  readonly group: string;
  readonly output: string;
  readonly dlq: string;
}

/**
 * Tracing of one process, as decorators of the pipeline's ports: the pipeline itself is unaware of it. Each returns
 * its argument when tracing is off.
 */
export interface Tracing {
  /** One span for each batch that is delivered, with links to its messages. */
  outbox(outbox: Outbox, stream: TracedStream): Outbox;
  /** A prediction whose image carries no trace context gets that of its batch. Works together with `outbox`. */
  encoder(encoder: OutcomeEncoder): OutcomeEncoder;
  /** One span for each publish; the messages carry its context. */
  publisher(sink: MessageSink, broker: BrokerKind): MessageSink;
  /** Sends the remaining spans, for a few seconds at most. Never rejects. */
  close(): Promise<void>;
}

export const NO_TRACING: Tracing = {
  outbox: (outbox) => outbox,
  encoder: (encoder) => encoder,
  publisher: (sink) => sink,
  close: async () => undefined,
};
