import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { StreamInferError, messageOf } from '../core/errors';

/** A dataset file as published by Zalando; size and SHA-256 of the decompressed data. */
export interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type Split = 'test' | 'train';
export type FilePair = { readonly images: KnownFile; readonly labels: KnownFile };

/** Checksums of the decompressed data, since distributions recompress or unpack the files. */
export const KNOWN_FILES: Readonly<Record<Split, FilePair>> = {
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
  },
};

/**
 * Reads a dataset file (gzip if its name ends in .gz), decompressed, and verifies its SHA-256. Reads in small
 * chunks, which keeps the event loop responsive. Rejects with DATASET_CORRUPT, FILE_UNREADABLE or ABORTED.
 */
export async function readVerified(
  file: string,
  known: KnownFile,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const data = new Uint8Array(known.bytes);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of decompressed(file)) {
    if (signal?.aborted) throw new StreamInferError('ABORTED', `reading ${file} was cancelled`);
    // Stops at the first extra byte, so that a gzip bomb cannot fill the memory.
    if (size + chunk.length > known.bytes) throw corrupt(file, `${known.bytes} bytes`, 'more');
    hash.update(chunk);
    data.set(chunk, size);
    size += chunk.length;
  }
  if (size < known.bytes) throw corrupt(file, `${known.bytes} bytes`, `${size} bytes`);
  const sha256 = hash.digest('hex');
  if (sha256 !== known.sha256) throw corrupt(file, `SHA-256 ${known.sha256}`, sha256);
  return data;
}

async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const gunzip = path.extname(file) === '.gz' ? createGunzip() : undefined;
  // `pipe` does not forward errors; without this the loop would wait indefinitely for an unreadable file.
  if (gunzip) source.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    yield* (gunzip ?? source) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw toReadError(file, error);
  } finally {
    source.destroy();
    gunzip?.destroy();
  }
}

function toReadError(file: string, error: unknown): StreamInferError {
  const code = String((error as NodeJS.ErrnoException).code);
  if (code.startsWith('Z_')) return corrupt(file, 'gzip data', messageOf(error), error);
  return new StreamInferError('FILE_UNREADABLE', `cannot read ${file}: ${messageOf(error)}`, {
    cause: error,
  });
}

function corrupt(file: string, expected: string, got: string, cause?: unknown): StreamInferError {
  return new StreamInferError(
    'DATASET_CORRUPT',
    `${file} is not the published Fashion-MNIST file: expected ${expected} (decompressed), got ${got}; delete it and try again`,
    { cause },
  );
}
