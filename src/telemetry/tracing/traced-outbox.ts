import type { Tracer } from '@opentelemetry/api';
import type { Header } from '../../core/message';
import type { OutcomeEncoder } from '../../pipeline/outbox';
import type { Outbox } from '../../core/ports';
import type { Outcome } from '../../core/prediction';
import { BatchSpan } from './batch-span';
import { linksOf } from './links';
import { headersOf, withContext } from './trace-headers';
import type { TracedStream } from './tracing';

/** The context of its batch, for each outcome whose message carries none. */
export type InheritedContexts = WeakMap<Outcome, readonly Header[]>;

/** Outcomes that are delivered together were classified together, so one call is one batch. */
export function tracedOutbox(
  outbox: Outbox,
  tracer: Tracer,
  stream: TracedStream,
  inherited: InheritedContexts,
): Outbox {
  return {
    get stalled() {
      return outbox.stalled;
    },
    deliver: async (outcomes, more) => {
      const links = linksOf(outcomes);
      const batch = new BatchSpan(tracer, stream, outcomes, links);
      const headers = headersOf(batch.span);
      for (const outcome of links.orphans) inherited.set(outcome, headers);
      try {
        const durable = await outbox.deliver(outcomes, more);
        batch.end(outcomes, durable);
        return durable;
      } catch (error) {
        batch.fail(error);
        throw error;
      }
    },
  };
}

/**
 * A prediction carries the context of its image, or else that of its batch. Dead letters are unchanged, since they
 * may be redriven later.
 */
export function tracedEncoder(encoder: OutcomeEncoder, inherited: InheritedContexts): OutcomeEncoder {
  return {
    encode: (outcome) => {
      const message = encoder.encode(outcome);
      const context = outcome.kind === 'prediction' ? inherited.get(outcome) : undefined;
      return context === undefined ? message : withContext(message, context);
    },
    encodeShrunk: (outcome) => encoder.encodeShrunk(outcome),
  };
}
