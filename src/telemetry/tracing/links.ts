import type { Link, SpanContext } from '@opentelemetry/api';
import type { Outcome } from '../../core/prediction';
import { contextIn } from './trace-headers';

/** The SDK's default limit. */
const MOST_LINKS = 128;

export interface BatchLinks {
  /** One for each context, also when several messages share it. */
  readonly links: readonly Link[];
  /** Contexts beyond those. */
  readonly left: number;
  /** Outcomes of messages without a context. */
  readonly orphans: readonly Outcome[];
}

/** Links to the traces of a batch's messages, as far as they carry a context. */
export function linksOf(outcomes: readonly Outcome[]): BatchLinks {
  const found = new Map<string, { context: SpanContext; messages: number }>();
  const orphans: Outcome[] = [];
  for (const outcome of outcomes) {
    const context = contextIn(outcome.delivery.headers);
    if (context === undefined) {
      orphans.push(outcome);
      continue;
    }
    const key = `${context.traceId}${context.spanId}`;
    const known = found.get(key);
    if (known) known.messages++;
    else found.set(key, { context, messages: 1 });
  }
  const links = [...found.values()]
    .slice(0, MOST_LINKS)
    .map(({ context, messages }) => ({ context, attributes: { 'stream_infer.messages': messages } }));
  return { links, left: found.size - links.length, orphans };
}
