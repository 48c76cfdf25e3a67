import { SingleBar } from 'cli-progress';

export interface Counter {
  readonly update: (count: number) => void;
  readonly stop: () => void;
}

/** On a terminal only: a bar, or the number so far where the total is unknown. */
export function startCounter(what: string, total?: number): Counter {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: total === undefined ? `{value} ${what}` : `{bar} {value}/{total} ${what}  {eta_formatted} left`,
    stream: process.stderr,
  });
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  return { update: (count) => bar.update(count), stop: () => bar.stop() };
}
