import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** File systems that end with the container or the machine, by their number in statfs(2). */
const VOLATILE: ReadonlyMap<number, string> = new Map([
  [0x794c7630, 'overlay'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

/** Why the content of a folder may not survive a restart of its container or machine; undefined if it does. */
export function whyVolatile(folder: string, typeOf = fileSystemOf): string | undefined {
  const kind = VOLATILE.get(typeOf(folder) ?? 0);
  return kind === undefined ? undefined : `${folder} is on ${kind}, which ends with its container or machine`;
}

function fileSystemOf(folder: string): number | undefined {
  if (!existsSync(folder)) return folder === dirname(folder) ? undefined : fileSystemOf(dirname(folder));
  try {
    return statfsSync(folder).type;
  } catch {
    return undefined;
  }
}
