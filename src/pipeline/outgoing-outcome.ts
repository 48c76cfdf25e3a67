import { aboutMessage } from '../core/about-message';
import { StreamInferError } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { Log } from '../core/ports';
import type { DeadLetterOutcome, Outcome } from '../core/prediction';

/** Encodes outcomes as messages. */
export interface OutcomeEncoder {
  encode(outcome: Outcome): OutgoingMessage;
  /**
   * A dead letter without the original's bytes, key and headers, for a broker that refuses the complete one as too
   * large.
   */
  encodeShrunk(outcome: DeadLetterOutcome): OutgoingMessage;
}

/** An outcome with its message, on its way to the broker. */
export interface OutgoingOutcome {
  readonly outcome: Outcome;
  readonly message: OutgoingMessage;
  readonly shrunk: boolean;
}

/**
 * For a broker that refuses a message as too large: a prediction becomes a dead letter, a dead letter loses the
 * original.
 */
export function withoutPayload(
  outgoing: OutgoingOutcome,
  reason: string,
  encode: OutcomeEncoder,
  log: Log,
): OutgoingOutcome {
  if (outgoing.shrunk) {
    throw new StreamInferError(
      'INTERNAL',
      `the broker refuses even a dead letter without payload: ${reason}`,
    );
  }
  if (outgoing.outcome.kind === 'dead letter') {
    return { outcome: outgoing.outcome, message: encode.encodeShrunk(outgoing.outcome), shrunk: true };
  }
  const { delivery, model } = outgoing.outcome;
  log.warn(
    { ...aboutMessage(delivery), reason },
    'prediction refused by the broker; publishing a dead letter instead',
  );
  const outcome: DeadLetterOutcome = {
    kind: 'dead letter',
    delivery,
    rejection: { code: 'OUTCOME_TOO_LARGE', message: reason, stage: 'publish', attempts: 1 },
    model,
  };
  return { outcome, message: encode.encode(outcome), shrunk: false };
}
