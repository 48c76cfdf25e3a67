import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { StreamInferError, messageOf } from '../../core/errors';
import { MAX_FILE_BYTES } from './onnx/fields';
import { MANIFEST, manifestSchema, type ModelManifest } from './schema';

/** The files of a model folder that match its manifest, in memory. */
export class VerifiedFolder {
  private constructor(
    /** Absolute path. */
    readonly path: string,
    readonly manifest: ModelManifest,
    private readonly files: ReadonlyMap<string, Buffer>,
  ) {}

  /** Reads all files of the manifest; rejects with MODEL_MISSING, MODEL_CORRUPT or FILE_UNREADABLE. */
  static async read(folder: string): Promise<VerifiedFolder> {
    const manifest = await readManifest(folder);
    const files = new Map<string, Buffer>();
    for (const expected of manifest.files) files.set(expected.path, await readListed(folder, expected));
    return new VerifiedFolder(folder, manifest, files);
  }

  has(name: string): boolean {
    return this.files.has(name);
  }

  /** A file that the manifest does not list was not verified, so it counts as missing. */
  bytes(name: string): Buffer {
    const bytes = this.files.get(name);
    if (bytes === undefined) throw this.corrupt(name, 'is not listed in the manifest');
    return bytes;
  }

  json<T>(name: string, schema: z.ZodType<T>): T {
    return parseJson(path.join(this.path, name), this.bytes(name), schema);
  }

  /** MODEL_CORRUPT because of one file. */
  corrupt(name: string, problem: string): StreamInferError {
    return corrupt(path.join(this.path, name), problem);
  }
}

async function readManifest(folder: string): Promise<ModelManifest> {
  const file = path.join(folder, MANIFEST);
  const bytes = await readRegularFile(file).catch(async (error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw unreadable(file, error);
    const found = (await namesIn(folder)).join(', ') || 'nothing';
    throw new StreamInferError(
      'MODEL_MISSING',
      `${folder} is not a model folder: it has no ${MANIFEST} (found: ${found})`,
      { cause: error },
    );
  });
  return parseJson(file, bytes, manifestSchema);
}

async function readListed(folder: string, expected: ModelManifest['files'][number]): Promise<Buffer> {
  const file = path.join(folder, expected.path);
  const bytes = await readRegularFile(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw corrupt(file, 'is missing, but the manifest lists it', error);
    throw unreadable(file, error);
  });
  const actual = sha256(bytes);
  if (bytes.length === expected.bytes && actual === expected.sha256) return bytes;
  throw corrupt(
    file,
    `has ${bytes.length} bytes and SHA-256 ${actual}; the manifest lists ${expected.bytes} and ${expected.sha256}`,
  );
}

/**
 * Opens a regular file to read it; rejects for anything else. Without blocking, because opening a pipe without a writer
 * would never return.
 */
export async function openToRead(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const isRegular = await handle.stat().then(
    (found) => found.isFile(),
    () => false,
  );
  if (isRegular) return handle;
  await handle.close();
  throw Object.assign(new Error('it is not a regular file'), { code: NOT_REGULAR });
}

/** Code of the error for a pipe, a folder or a device. */
export const NOT_REGULAR = 'NOT_REGULAR';

/** The bytes of a regular file. Rejects with RangeError if it is too large. */
export async function readRegularFile(file: string): Promise<Buffer> {
  const handle = await openToRead(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_FILE_BYTES) throw new RangeError(`it has ${size} bytes; the limit is ${MAX_FILE_BYTES}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Throws MODEL_CORRUPT if the bytes are not JSON or do not match the schema. */
export function parseJson<T>(file: string, bytes: Buffer, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw corrupt(file, `is not JSON (${messageOf(error)})`, error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw corrupt(file, `is malformed:\n${z.prettifyError(parsed.error)}`, parsed.error);
  return parsed.data;
}

/** The names in a folder; empty if the folder does not exist. Rejects with FILE_UNREADABLE. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw unreadable(dir, error);
  }
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException).code));
}

export function corrupt(file: string, problem: string, cause?: unknown): StreamInferError {
  return new StreamInferError(
    'MODEL_CORRUPT',
    `${file} ${problem}; restore the folder from its original source`,
    { cause },
  );
}

export function unreadable(file: string, error: unknown): StreamInferError {
  return new StreamInferError('FILE_UNREADABLE', `cannot read ${file}: ${messageOf(error)}`, {
    cause: error,
  });
}
