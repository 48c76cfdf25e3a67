import { StreamInferError } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { Log } from '../core/ports';
import type { DeadLetterOutcome, Outcome } from '../core/prediction';

/** From outcome to bytes. */
export interface OutcomeEncoder {
  encode(outcome: Outcome): OutgoingMessage;
  /** A dead letter without the original's bytes, key and headers, for a broker that refuses the whole one as too large. */
  encodeShrunk(outcome: DeadLetterOutcome): OutgoingMessage;
}

/** A message on its way, with the outcome that it carries. */
export interface Parcel {
  readonly outcome: Outcome;
  readonly message: OutgoingMessage;
  readonly shrunk: boolean;
}

/** A prediction becomes a dead letter, a dead letter loses the original's bytes; both fit any sensible broker. */
export function inSmallerForm(parcel: Parcel, reason: string, encode: OutcomeEncoder, log: Log): Parcel {
  if (parcel.shrunk) {
    throw new StreamInferError('INTERNAL', `the broker refuses even a shrunk dead letter: ${reason}`);
  }
  if (parcel.outcome.kind === 'dead letter') {
    return { outcome: parcel.outcome, message: encode.encodeShrunk(parcel.outcome), shrunk: true };
  }
  const { delivery, model } = parcel.outcome;
  log.warn(
    { sourceId: delivery.sourceId, reason },
    'prediction refused by the broker; it becomes a dead letter',
  );
  const outcome: DeadLetterOutcome = {
    kind: 'dead letter',
    delivery,
    rejection: { code: 'OUTCOME_TOO_LARGE', message: reason, stage: 'publish', attempts: 1 },
    model,
  };
  return { outcome, message: encode.encode(outcome), shrunk: false };
}
