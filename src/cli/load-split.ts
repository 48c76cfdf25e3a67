import { loadFashionMnist } from '../dataset/fashion-mnist';
import type { ImageSet } from '../dataset/image-set';
import type { Split } from '../dataset/verify';
import { createDatasetProgress } from './dataset-progress';

export interface SplitPlace {
  /** The only folder to look into. */
  readonly dataDir?: string | undefined;
  /** Where a download shows its progress. */
  readonly stream: NodeJS.WriteStream;
  readonly signal?: AbortSignal;
}

/** One split of Fashion-MNIST, downloaded if it is not on this machine. */
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
