import { describePosition, type ScanPosition } from './scan-range';

/** A position to which a stream is moved; a snapshot is one of Pub/Sub. */
export type SeekTarget = ScanPosition | { readonly at: 'snapshot'; readonly name: string };

/** The new position of one partition; `partition` is null where the broker has none. */
export interface SeekMove {
  readonly topic: string;
  readonly partition: number | null;
  /** null if unknown. */
  readonly from: number | null;
  readonly to: number | null;
}

/** In a form that the user can type again. */
export function describeTarget(target: SeekTarget): string {
  return target.at === 'snapshot' ? `snapshot:${target.name}` : describePosition(target);
}

/** As a line of the audit log. */
export function describeMoves(moves: readonly SeekMove[]): string {
  if (moves.every(({ partition }) => partition === null)) return 'moved the subscription';
  return moves
    .map(({ topic, partition, from, to }) => `${topic}/${partition}: ${from ?? '?'} → ${to}`)
    .join(', ');
}
