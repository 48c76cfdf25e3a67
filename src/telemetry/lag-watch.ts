import { messageOf } from '../core/errors';
import type { Log, MessageSource, PartitionLag } from '../core/ports';

const INTERVAL_MS = 1_000;

/** Queries a source for its lag once a second; returns a function that stops it. */
export function watchLag(
  source: Pick<MessageSource, 'lag'>,
  log: Log,
  onLag: (lag: readonly PartitionLag[]) => void,
): () => void {
  const timer = setInterval(() => {
    source.lag().then(onLag, (error: unknown) => log.debug({ error: messageOf(error) }, 'lag is unknown'));
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
