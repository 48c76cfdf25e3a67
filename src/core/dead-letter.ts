import type { ErrorCode } from './errors';
import type { Header } from './message';

/** How often one message is published again before that takes `force`: what fails so often fails for ever. */
export const MAX_REDRIVES = 3;

/** A dead letter as it is read back: the original message, and what was wrong with it. */
export interface DeadLetter {
  /** Of the delivery that failed: `topic/partition/offset`, or the Pub/Sub message id. */
  readonly sourceId: string;
  /** A RejectionCode, unless a later version wrote the letter. */
  readonly code: string;
  readonly message: string;
  readonly stage: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly failedAt: string;
  /** `name@version`, null if none was loaded. */
  readonly model: string | null;
  readonly source: DeadLetterSource;
  /** How often the original was published again before it failed this time. */
  readonly redriveCount: number;
  /** Length of the original value, also where only its beginning is here. */
  readonly valueBytes: number;
  /** Key, value and headers are all here: the original can be published again. */
  readonly complete: boolean;
  readonly original: OriginalMessage;
}

export interface DeadLetterSource {
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: string | null;
}

export interface OriginalMessage {
  readonly key: Buffer | null;
  /** null: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

/** Why a dead letter is not published again. */
export interface RedriveRefusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Guards redriving: against originals that are not whole, and against messages that go round and round. */
export function refusalOf(letter: DeadLetter, force: boolean): RedriveRefusal | undefined {
  if (!letter.complete) {
    return {
      code: 'LETTER_INCOMPLETE',
      message: `only the beginning of the original (${letter.valueBytes} bytes) was kept; publish it again from where it came from`,
    };
  }
  if (letter.redriveCount >= MAX_REDRIVES && !force) {
    return {
      code: 'REDRIVEN_TOO_OFTEN',
      message: `it failed again after ${letter.redriveCount} redrives; mend the cause, then use force`,
    };
  }
  return undefined;
}
