import type { ScanPosition, SnapshotPosition } from './scan-range';

/** A position to which a stream is moved. */
export type SeekTarget = ScanPosition | SnapshotPosition;

/** The new position of one partition; `partition` is null where the broker has none. */
export interface SeekMove {
  readonly topic: string;
  readonly partition: number | null;
  /** null if unknown. */
  readonly from: number | null;
  readonly to: number | null;
}

/** As a line of the audit log. */
export function describeMoves(moves: readonly SeekMove[]): string {
  if (moves.every(({ partition }) => partition === null)) return 'moved the subscription';
  return moves
    .map(({ topic, partition, from, to }) => `${topic}/${partition}: ${from ?? '?'} → ${to}`)
    .join(', ');
}
