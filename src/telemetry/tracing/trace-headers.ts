/** W3C trace context in the headers of messages, and on Pub/Sub in their attributes. */
import { ROOT_CONTEXT, trace, type Span, type SpanContext, type TextMapGetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { headerText, type Header, type OutgoingMessage } from '../../core/message';

const PROPAGATOR = new W3CTraceContextPropagator();
/** Google's Pub/Sub client writes `googclient_…`. */
const NAMES = ['traceparent', 'tracestate', 'googclient_traceparent', 'googclient_tracestate'];

const headersNamed = (prefix: string): TextMapGetter<readonly Header[]> => ({
  keys: (headers) => headers.map(([name]) => name),
  get: (headers, name) => headerText(headers, prefix + name),
});
const OWN = headersNamed('');
const GOOGLES = headersNamed('googclient_');

/** The trace context of a message; undefined if it is missing or malformed. */
export function contextIn(headers: readonly Header[]): SpanContext | undefined {
  if (headers.length === 0) return undefined;
  return (
    trace.getSpanContext(PROPAGATOR.extract(ROOT_CONTEXT, headers, OWN)) ??
    trace.getSpanContext(PROPAGATOR.extract(ROOT_CONTEXT, headers, GOOGLES))
  );
}

/** The headers that carry a span's context to the next process. */
export function headersOf(span: Span): readonly Header[] {
  const headers: Header[] = [];
  PROPAGATOR.inject(trace.setSpan(ROOT_CONTEXT, span), headers, {
    set: (carrier: Header[], name, value) => void carrier.push([name, value]),
  });
  return headers;
}

/** The message with that context, which replaces a malformed one. */
export function withContext(message: OutgoingMessage, context: readonly Header[]): OutgoingMessage {
  const rest = message.headers.filter(([name]) => !NAMES.includes(name.toLowerCase()));
  return { ...message, headers: [...rest, ...context] };
}
