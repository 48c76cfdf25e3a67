import { messageOf } from '../core/errors';
import type { Log, MessageSource, PartitionLag } from '../core/ports';

const INTERVAL_MS = 1_000;

/** Asks the sources for their lag once a second; returns what ends it. */
export function watchLag(
  sources: readonly Pick<MessageSource, 'lag'>[],
  log: Log,
  onLag: (lag: readonly PartitionLag[]) => void,
): () => void {
  const timer = setInterval(() => {
    Promise.all(sources.map((source) => source.lag())).then(
      (lags) => onLag(lags.flat()),
      (error: unknown) => log.debug({ error: messageOf(error) }, 'lag is not known'),
    );
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
