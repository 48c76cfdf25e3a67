import { loadFashionMnist } from '../dataset/fashion-mnist';
import type { ImageSet } from '../dataset/image-set';
import type { Split } from '../dataset/verify';
import { createDatasetProgress } from './dataset-progress';

export interface SplitPlace {
  /** The only folder to search. */
  readonly dataDir?: string | undefined;
  /** Receives the progress of a download. */
  readonly stream: NodeJS.WriteStream;
  readonly signal?: AbortSignal;
}

/** One split of Fashion-MNIST, downloaded if missing. */
export async function loadSplit(split: Split, { dataDir, stream, signal }: SplitPlace): Promise<ImageSet> {
  const progress = createDatasetProgress(stream);
  try {
    return await loadFashionMnist(split, {
      dataDir,
      download: true,
      signal,
      onProgress: progress.onProgress,
    });
  } finally {
    progress.stop();
  }
}
