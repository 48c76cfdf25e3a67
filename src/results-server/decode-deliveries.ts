import { checkDeadLetter } from '../codec/decode-dead-letter';
import { decodePrediction } from '../codec/decode-prediction';
import { readOutcome } from '../pipeline/outcomes';
import type { DeadLetter } from '../core/dead-letter';
import type { RejectionCode } from '../core/errors';
import type { Delivery } from '../core/message';
import type { DeadLetterOutcome, Outcome, PredictionOutcome, Rejection } from '../core/prediction';
import type { ArrivedDeadLetter, Arrivals, Position } from '../results/store/arrivals';
import { ChunkBuilder, CHUNK_ROWS } from '../results/store/chunk';

/** Maximum number of deliveries stored at once. */
export const MOST_AT_ONCE = CHUNK_ROWS;

/** Decoded deliveries of a topic, for the store and for observers. */
export interface Decoded {
  readonly arrivals: Arrivals;
  readonly outcomes: readonly Outcome[];
  readonly letters: readonly DeadLetter[];
  /** Messages that do not fit the schema of the topic. */
  readonly skipped: number;
  /** Problem of the first skipped message. */
  readonly problem?: string;
}

/** At most `MOST_AT_ONCE` deliveries of the predictions topic. */
export function decodePredictions(deliveries: readonly Delivery[]): Decoded {
  const builder = new ChunkBuilder();
  const outcomes: PredictionOutcome[] = [];
  const problems: string[] = [];
  for (const delivery of deliveries) {
    const decoded = decodePrediction(delivery.value);
    if ('problem' in decoded) {
      problems.push(decoded.problem);
      continue;
    }
    const prediction = decoded.value;
    // Re-encoded, because unchecked members of the original must not be stored and shown.
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
 * @param known first new offset by partition; an earlier process has counted the letters before it, and they are read
 * again only for display
 */
export function decodeDeadLetters(
  deliveries: readonly Delivery[],
  known: ReadonlyMap<number, number> = new Map(),
): Decoded {
  const letters: DeadLetter[] = [];
  const outcomes: DeadLetterOutcome[] = [];
  const arrived: ArrivedDeadLetter[] = [];
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

/** Positions only: events themselves are stored one by one. */
export function decodeEventPositions(deliveries: readonly Delivery[]): Decoded {
  const arrivals = { chunk: new ChunkBuilder().seal(), letters: [], positions: positionsOf(deliveries) };
  return { arrivals, outcomes: [], letters: [], skipped: 0 };
}

function skippedFor(problems: readonly string[]): Pick<Decoded, 'skipped' | 'problem'> {
  const [problem] = problems;
  return { skipped: problems.length, ...(problem !== undefined && { problem }) };
}

/** Positions after these deliveries. */
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

/** A timestamp from a clock that is ahead counts as now. */
function timeOf(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? Date.now() : Math.min(at, Date.now());
}

/** Codes and stages of later versions are counted and shown unchanged. */
function toRejection({ code, message, stage, attempts }: DeadLetter): Rejection {
  return { code: code as RejectionCode, message, stage: stage as Rejection['stage'], attempts };
}
