import type { ErrorCode, RejectionCode } from './errors';
import type { Header } from './message';

/** Redrives of one message before another one requires `force`: a message that fails this often will fail again. */
export const MAX_REDRIVES = 3;

/** The message itself is at fault, so that the same message fails again, with any model and configuration. */
const FAULTS_OF_MESSAGE = new Set<string>([
  'EMPTY',
  'NOT_AN_IMAGE',
  'UNSUPPORTED_FORMAT',
  'CORRUPT',
  'BAD_ENVELOPE',
  'RECORD_INVALID',
  'REFERENCE_INVALID',
] satisfies RejectionCode[]);

/** Whether publishing the unchanged original again can have another outcome. */
export function canRedriveHelp(code: string): boolean {
  return !FAULTS_OF_MESSAGE.has(code);
}

/** A dead letter that was read back: the original message and the reason of its failure. */
export interface DeadLetter {
  /** Of the delivery that failed: `topic/partition/offset`, or the Pub/Sub message id. */
  readonly sourceId: string;
  /** A RejectionCode, unless a later version wrote the dead letter. */
  readonly code: string;
  readonly message: string;
  readonly stage: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly failedAt: string;
  /** `name@version`, null if none was loaded. */
  readonly model: string | null;
  readonly source: DeadLetterSource;
  /** Number of redrives of the original before it failed this time. */
  readonly redriveCount: number;
  /** Length of the original value, also where only its beginning was kept. */
  readonly valueBytes: number;
  /** Key, value and headers are complete, so that the original can be published again. */
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

/** Why a dead letter is not redriven. */
export interface RedriveRefusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Guards redriving against truncated originals and against loops. */
export function refusalOf(letter: DeadLetter, force: boolean): RedriveRefusal | undefined {
  if (!letter.complete) {
    return {
      code: 'LETTER_INCOMPLETE',
      message: `the dead letter holds only part of the original (${letter.valueBytes} bytes); publish it again from its source`,
    };
  }
  if (letter.redriveCount >= MAX_REDRIVES && !force) {
    return {
      code: 'REDRIVEN_TOO_OFTEN',
      message: `it failed again after ${letter.redriveCount} redrives; fix the cause, then use force`,
    };
  }
  return undefined;
}
