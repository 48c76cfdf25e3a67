import { StreamInferError } from '../core/errors';
import type { MessageSink } from '../core/ports';
import { imageFilesIn } from '../dataset/image-files';
import { publishFiles, type FileReport } from '../publishing/file-publisher';
import { startCounter } from './counter';
import { printable } from './print-outcomes';

interface ImageFlags {
  readonly sink: MessageSink;
  readonly topic: string;
  readonly images: readonly string[];
  readonly rate?: number;
  readonly loop?: boolean;
  readonly shuffle?: boolean;
  readonly limit?: number;
  readonly signal: AbortSignal;
}

/** Reasons that are printed one by one; the summary counts the others. */
const MOST_REASONS = 20;

/** Rejects with FILE_UNREADABLE if there is no image at all. */
export async function publishImageFiles(flags: ImageFlags): Promise<FileReport> {
  const { images, limit, signal } = flags;
  const bar = startCounter('images', limit);
  let reasons = 0;
  try {
    const report = await publishFiles({
      ...flags,
      files: () => imageFilesIn(images),
      onProgress: bar.update,
      onSkipped: (_, reason) => {
        if (++reasons <= MOST_REASONS) process.stderr.write(`skipped: ${printable(reason)}\n`);
      },
    });
    if (report.published + report.skipped === 0 && !signal.aborted) throw noImages(images);
    return report;
  } finally {
    bar.stop();
  }
}

function noImages(places: readonly string[]): StreamInferError {
  return new StreamInferError(
    'FILE_UNREADABLE',
    `there are no PNG, JPEG or WebP files in ${places.join(', ')}; check the path and the names of the files`,
  );
}
