import { downloadDataset, type DownloadProgress } from './download';
import { parseImages, parseLabels } from './idx';
import type { ImageSet } from './image-set';
import { cacheDir, currentSurroundings, locateDataset, searchDirs, type LocatedFiles } from './locate';
import { loadSamples } from './samples';
import { StreamInferError } from '../core/errors';
import { KNOWN_FILES, readVerified, type Split } from './verify';

export interface DatasetOptions {
  /** The only folder to search. */
  readonly dataDir?: string | undefined;
  /** Download missing files (5 or 26 MB) to the cache (default: false). */
  readonly download?: boolean;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads one split of Fashion-MNIST (test: 10,000 images, train: 60,000), verified.
 * Rejects with DATASET_MISSING (with the remedy), DATASET_CORRUPT, FILE_UNREADABLE or ABORTED.
 */
export async function loadFashionMnist(split: Split, options: DatasetOptions = {}): Promise<ImageSet> {
  const found = await locateDataset(split, options.dataDir);
  return readImageSet(split, found ?? (await fetchDataset(split, options)), options.signal);
}

/** The test set if it is on this machine, otherwise 256 packaged images of it. Never downloads. */
export async function loadDemoImages(options: Omit<DatasetOptions, 'download'> = {}): Promise<ImageSet> {
  const found = await locateDataset('test', options.dataDir);
  return found ? readImageSet('test', found, options.signal) : loadSamples();
}

async function fetchDataset(split: Split, options: DatasetOptions): Promise<LocatedFiles> {
  const around = currentSurroundings();
  if (options.download) return downloadDataset(split, { ...options, dir: cacheDir(around) });
  throw new StreamInferError(
    'DATASET_MISSING',
    `Fashion-MNIST is not on this machine; searched: ${searchDirs(around).join(', ')}; ` +
      'copy the four files to one of these folders, or set --data-dir (library: dataDir) to their folder',
  );
}

async function readImageSet(split: Split, files: LocatedFiles, signal?: AbortSignal): Promise<ImageSet> {
  const known = KNOWN_FILES[split];
  const [images, labels] = await Promise.all([
    readVerified(files.images, known.images, signal),
    readVerified(files.labels, known.labels, signal),
  ]);
  const set = { pixels: parseImages(images, files.images), labels: parseLabels(labels, files.labels) };
  return { split, size: set.labels.length, ...set };
}
