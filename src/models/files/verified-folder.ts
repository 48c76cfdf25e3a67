import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { StreamInferError, messageOf } from '../../core/errors';
import { sha256 } from './checksum';
import { namesIn } from './folders';
import { corrupt, hasCode, unreadable } from './problems';
import { MANIFEST, manifestSchema, type ModelManifest } from './schema';

/** The files of a model folder that agree with its manifest, in memory. */
export class VerifiedFolder {
  private constructor(
    /** Absolute path. */
    readonly path: string,
    readonly manifest: ModelManifest,
    private readonly files: ReadonlyMap<string, Buffer>,
  ) {}

  /** Reads all that the manifest lists; MODEL_MISSING, MODEL_CORRUPT or FILE_UNREADABLE. */
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
  const bytes = await readPlainFile(file).catch(async (error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw unreadable(file, error);
    throw new StreamInferError(
      'MODEL_MISSING',
      `${folder} is not a model: it has no ${MANIFEST}. There: ${(await namesIn(folder)).join(', ') || 'nothing'}.`,
      { cause: error },
    );
  });
  return parseJson(file, bytes, manifestSchema);
}

async function readListed(folder: string, expected: ModelManifest['files'][number]): Promise<Buffer> {
  const file = path.join(folder, expected.path);
  const bytes = await readPlainFile(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw corrupt(file, 'is missing, but the manifest lists it', error);
    throw unreadable(file, error);
  });
  const got = sha256(bytes);
  if (bytes.length === expected.bytes && got === expected.sha256) return bytes;
  throw corrupt(
    file,
    `has ${bytes.length} bytes and SHA-256 ${got}; the manifest says ${expected.bytes} and ${expected.sha256}`,
  );
}

/** A read from a pipe that nobody writes to never ends. */
async function readPlainFile(file: string): Promise<Buffer> {
  const found = await stat(file);
  if (found.isFile() || found.isDirectory()) return await readFile(file);
  throw new Error('neither a file nor a folder');
}

/** MODEL_CORRUPT for what is no JSON, or not as the schema says. */
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
