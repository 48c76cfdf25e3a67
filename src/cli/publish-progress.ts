import { SingleBar } from 'cli-progress';

export interface PublishBar {
  readonly update: (published: number) => void;
  readonly stop: () => void;
}

/** On a terminal only: a bar, or the number so far where the end is unknown. */
export function startPublishBar(total: number | undefined): PublishBar {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format:
      total === undefined ? '{value} images published' : '{bar} {value}/{total} images  {eta_formatted} left',
    stream: process.stderr,
  });
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  return { update: (published) => bar.update(published), stop: () => bar.stop() };
}
