import { SingleBar } from 'cli-progress';
import type { DownloadProgress } from '../dataset/download';

export interface DatasetProgress {
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly stop: () => void;
}

/** A bar for each downloaded file, on a terminal only. */
export function createDatasetProgress(stream: NodeJS.WriteStream): DatasetProgress {
  const bar = new SingleBar({
    stream,
    format: 'downloading {file} {bar} {percentage} %  ETA {eta_formatted}',
    barsize: 20,
    hideCursor: true,
    gracefulExit: false,
  });
  let current = '';
  return {
    onProgress({ file, receivedBytes, totalBytes }) {
      if (!stream.isTTY) return;
      if (file !== current) bar.start(totalBytes ?? receivedBytes, 0, { file });
      current = file;
      bar.update(receivedBytes, { file });
    },
    stop: () => bar.stop(),
  };
}
