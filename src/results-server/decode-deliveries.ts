import { checkDeadLetter } from '../codec/decode-dead-letter';
import { decodePrediction } from '../codec/decode-prediction';
import { readOutcome } from '../pipeline/outcomes';
import type { DeadLetter } from '../core/dead-letter';
import type { RejectionCode } from '../core/errors';
import type { Delivery } from '../core/message';
import type { DeadLetterOutcome, Outcome, PredictionOutcome, Rejection } from '../core/prediction';
import type { ArrivedLetter, Arrivals, Position } from '../results/store/arrivals';
import { ChunkBuilder, CHUNK_ROWS } from '../results/store/chunk';

/** Deliveries that are stored in one go. */
export const MOST_AT_ONCE = CHUNK_ROWS;

/** What deliveries of a topic are, for the store and for whoever looks on. */
export interface Decoded {
  readonly arrivals: Arrivals;
  readonly outcomes: readonly Outcome[];
  readonly letters: readonly DeadLetter[];
  /** Messages that do not have the shape that the topic is for. */
  readonly skipped: number;
  /** What is wrong with the first of them. */
  readonly problem?: string;
}

/** At most `MOST_AT_ONCE` deliveries of the predictions topic. */
export function decodePredictions(deliveries: readonly Delivery[]): Decoded {
  const builder = new ChunkBuilder();
  const outcomes: PredictionOutcome[] = [];
  const problems: string[] = [];
  for (const delivery of deliveries) {
    const decoded = decodePrediction(delivery.value, 'fashion-mnist');
    if ('problem' in decoded) {
      problems.push(decoded.problem);
      continue;
    }
    const prediction = decoded.value;
    // Not the bytes of the message: members that nobody has checked must not be stored and shown again.
    const outcome = readOutcome(delivery, prediction, Buffer.from(JSON.stringify(prediction)));
    builder.add(outcome, timeOf(prediction.predictedAt), false);
    outcomes.push(outcome);
  }
  const arrivals = { chunk: builder.seal(), letters: [], positions: positionsOf(deliveries) };
  return { arrivals, outcomes, letters: [], ...skippedFor(problems) };
}

/**
 * Deliveries of the dead-letter topic.
 *
 * @param known by partition, where reading began anew: what is before that was counted by an earlier process already, and
 * is read once more only to be shown
 */
export function decodeDeadLetters(
  deliveries: readonly Delivery[],
  known: ReadonlyMap<number, number> = new Map(),
): Decoded {
  const letters: DeadLetter[] = [];
  const outcomes: DeadLetterOutcome[] = [];
  const arrived: ArrivedLetter[] = [];
  const problems: string[] = [];
  for (const delivery of deliveries) {
    const decoded = checkDeadLetter(delivery);
    if ('problem' in decoded) {
      problems.push(decoded.problem);
      continue;
    }
    const letter = decoded.value;
    letters.push(letter);
    arrived.push({ id: letter.sourceId, at: timeOf(letter.failedAt) });
    if (isKnown(delivery, known)) continue;
    outcomes.push({ kind: 'dead letter', delivery, rejection: toRejection(letter) });
  }
  const arrivals = { chunk: new ChunkBuilder().seal(), letters: arrived, positions: positionsOf(deliveries) };
  return { arrivals, outcomes, letters, ...skippedFor(problems) };
}

/** Events are stored one by one; here is how far they were read. */
export function decodeEventPositions(deliveries: readonly Delivery[]): Decoded {
  const arrivals = { chunk: new ChunkBuilder().seal(), letters: [], positions: positionsOf(deliveries) };
  return { arrivals, outcomes: [], letters: [], skipped: 0 };
}

function skippedFor(problems: readonly string[]): Pick<Decoded, 'skipped' | 'problem'> {
  const [problem] = problems;
  return { skipped: problems.length, ...(problem !== undefined && { problem }) };
}

/** Where to go on after these. */
function positionsOf(deliveries: readonly Delivery[]): Position[] {
  const positions = new Map<number, Position>();
  for (const { origin } of deliveries) {
    const { topic, partition, offset } = origin;
    if (partition === null || offset === null) continue;
    const next = Math.max(Number(offset) + 1, positions.get(partition)?.next ?? 0);
    positions.set(partition, { topic, partition, next });
  }
  return [...positions.values()];
}

function isKnown({ origin }: Delivery, known: ReadonlyMap<number, number>): boolean {
  return origin.partition !== null && Number(origin.offset) < (known.get(origin.partition) ?? 0);
}

/** In the hour of another clock that is ahead it counts as now. */
function timeOf(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? Date.now() : Math.min(at, Date.now());
}

/** A later version may know further codes and stages; they are counted and shown as they are. */
function toRejection({ code, message, stage, attempts }: DeadLetter): Rejection {
  return { code: code as RejectionCode, message, stage: stage as Rejection['stage'], attempts };
}
