import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { BrokerKind } from '../../core/message';
import type { MessageSink } from '../../core/ports';
import { fail } from './batch-span';
import { MESSAGING_SYSTEMS } from './messaging-systems';
import { contextIn, headersOf, withContext } from './trace-headers';

/** One span for each call of `publish`, carried by its messages; a message that already has a context keeps it. */
export function tracedSink(sink: MessageSink, tracer: Tracer, broker: BrokerKind): MessageSink {
  return {
    open: (signal) => sink.open(signal),
    publish: async (topic, messages, more) => {
      const attributes = {
        'messaging.system': MESSAGING_SYSTEMS[broker],
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic,
        'messaging.batch.message_count': messages.length,
      };
      const span = tracer.startSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes }, ROOT_CONTEXT);
      const context = headersOf(span);
      const carrying = messages.map((message) =>
        contextIn(message.headers) ? message : withContext(message, context),
      );
      try {
        const refused = await sink.publish(topic, carrying, more);
        if (refused[0]) span.setStatus({ code: SpanStatusCode.ERROR, message: refused[0].reason });
        return refused;
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    status: () => sink.status(),
    flush: () => sink.flush(),
    close: () => sink.close(),
  };
}
