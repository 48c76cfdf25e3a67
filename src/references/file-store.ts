import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { untilAborted } from '../core/async/until-aborted';
import { messageOf } from '../core/errors';
import type { AllowList } from './allow-list';
import { codeOf } from './code-of';
import { readBody } from './read-body';
import type { Reference } from './reference';
import { tooLarge, tooSlow, type FetchAnswer, type FetchRequest, type ImageStore } from './store';

/** Of the file: it does not exist, or its path leads through a file. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
const DENIED = new Set(['EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'ENXIO']);

/**
 * Files below allowed folders, such as a volume that cameras write to. Links may not lead out of the folder. A missing
 * folder is an unmounted volume, not a missing file.
 */
export class FileStore implements ImageStore {
  constructor(private readonly options: { readonly allowList: AllowList; readonly timeoutMs: number }) {}

  async fetch({ reference, maxBytes, signal }: FetchRequest): Promise<FetchAnswer> {
    try {
      // A network volume may hang for minutes, and its calls cannot be cancelled.
      return await untilAborted(this.#read(reference, maxBytes), signal);
    } catch (error) {
      if (signal.aborted) return tooSlow(reference.shown, this.options.timeoutMs);
      return await this.#judge(error, reference);
    }
  }

  async answers(reference: Reference, signal: AbortSignal): Promise<boolean> {
    return await untilAborted(stat(this.#folderOf(reference)), signal).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  close(): void {
    // Nothing is kept open.
  }

  async #read({ path, shown }: Reference, maxBytes: number): Promise<FetchAnswer> {
    const [real, folders] = await Promise.all([realpath(path), this.#realFolders()]);
    if (!folders.some((folder) => real.startsWith(`${folder === '/' ? '' : folder}/`)))
      return refused('REFERENCE_FORBIDDEN', `${shown} is a link out of the places of references.allow`);
    // A pipe without a writer would block forever, and a link may have been put there since.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return await readRegular(file, shown, maxBytes);
    } finally {
      await file.close();
    }
  }

  async #realFolders(): Promise<string[]> {
    const folders = this.options.allowList.places.filter(({ scheme }) => scheme === 'file');
    const found = await Promise.allSettled(folders.map(({ folder }) => realpath(folder)));
    return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async #judge(error: unknown, reference: Reference): Promise<FetchAnswer> {
    const code = codeOf(error);
    const reason = `${reference.shown}: ${messageOf(error)}`;
    if (DENIED.has(code)) return refused('REFERENCE_REFUSED', reason);
    if (!ABSENT.has(code)) return { kind: 'doubtful', code: 'REFERENCE_FAILED', reason };
    const folder = this.#folderOf(reference);
    const exists = await stat(folder).then(
      () => true,
      () => false,
    );
    return exists
      ? refused('REFERENCE_NOT_FOUND', `${reference.shown} does not exist`)
      : { kind: 'later', reason: `the folder ${folder} does not exist` };
  }

  #folderOf({ path }: Reference): string {
    const place = this.options.allowList.places.find(
      ({ scheme, folder }) => scheme === 'file' && path.startsWith(folder),
    );
    return place?.folder ?? '/';
  }
}

async function readRegular(file: FileHandle, shown: string, maxBytes: number): Promise<FetchAnswer> {
  const found = await file.stat();
  if (!found.isFile()) return refused('REFERENCE_REFUSED', `${shown} is not a regular file`);
  if (found.size > maxBytes) return tooLarge(shown, found.size, maxBytes);
  const bytes = await readBody(file.createReadStream({ autoClose: false }), maxBytes);
  return bytes === undefined ? tooLarge(shown, undefined, maxBytes) : { kind: 'fetched', bytes };
}

function refused(code: Extract<FetchAnswer, { kind: 'refused' }>['code'], reason: string): FetchAnswer {
  return { kind: 'refused', code, reason };
}
