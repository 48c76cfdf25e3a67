import path from 'node:path';
import { z } from 'zod';
import { StreamInferError, messageOf } from '../../../core/errors';
import { NOT_REGULAR, hasCode, namesIn, readRegularFile, unreadable } from '../folder';

/** The files next to a model, from the disk or from a verified folder. */
export interface ModelSource {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Names of the files in the folder itself. */
  readonly names: readonly string[];
  /** Rejects with MODEL_CORRUPT for a missing file, or for a path outside of the folder. */
  read(name: string): Promise<Buffer>;
}

/** JavaScript cannot hold a much larger string. */
const MAX_JSON_BYTES = 2 ** 28;
/** Nested models are about ten levels deep; a deeper file would exhaust the stack. */
const MAX_JSON_DEPTH = 100;

/** The files of a folder on the disk; nothing is verified. */
export async function sourceOnDisk(folder: string): Promise<ModelSource> {
  const names = await namesIn(folder);
  return { path: folder, names, read: (name) => readInside(folder, name) };
}

async function readInside(folder: string, name: string): Promise<Buffer> {
  const file = path.resolve(folder, name);
  if (!file.startsWith(folder + path.sep)) throw invalid(file, `is outside of the model's folder ${folder}`);
  try {
    return await readRegularFile(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw invalid(file, 'is missing, but the model needs it', error);
    if (hasCode(error, NOT_REGULAR)) throw invalid(file, 'is not a regular file', error);
    if (error instanceof RangeError) throw invalid(file, `is too large: ${error.message}`, error);
    throw unreadable(file, error);
  }
}

/** Reads a JSON file and checks it; rejects with MODEL_CORRUPT and the first problem. */
export async function readJson<T>(source: ModelSource, name: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readAnyJson(source, name));
  if (parsed.success) return parsed.data;
  throw invalid(
    path.join(source.path, name),
    `is malformed:\n${z.prettifyError(parsed.error)}`,
    parsed.error,
  );
}

/** Reads a JSON file of any form. Rejects with MODEL_CORRUPT for other bytes, and for JSON that is too deep. */
export async function readAnyJson(source: ModelSource, name: string): Promise<unknown> {
  const file = path.join(source.path, name);
  const bytes = await source.read(name);
  if (bytes.length > MAX_JSON_BYTES) throw invalid(file, `has ${bytes.length} bytes, too many for JSON`);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(file, `is not JSON (${messageOf(error)})`, error);
  }
  if (isDeeperThan(json, MAX_JSON_DEPTH))
    throw invalid(file, `is nested more than ${MAX_JSON_DEPTH} levels deep`);
  return json;
}

/** Level by level, not by recursion, because the depth is unknown. */
function isDeeperThan(json: unknown, most: number): boolean {
  let level: unknown[] = [json];
  for (let depth = 0; depth <= most; depth++) {
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value as Record<string, unknown>) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}

/** MODEL_CORRUPT for a file of the user's own model. */
export function invalid(file: string, problem: string, cause?: unknown): StreamInferError {
  return new StreamInferError('MODEL_CORRUPT', `${file} ${problem}`, { cause });
}

/** MODEL_UNSUPPORTED, with what to do about it. */
export function unsupportedFile(file: string, problem: string, remedy: string): StreamInferError {
  return new StreamInferError('MODEL_UNSUPPORTED', `${file} ${problem}; ${remedy}`);
}
