import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Notes and logs of set-up; inside node_modules, so that they vanish together with what they describe. */
export const stateDir = join(root, 'node_modules', '.stream-infer');

/** An installed package has neither sources nor a lock file: only its native parts can be prepared. */
export const isCheckout = existsSync(join(root, 'src')) && existsSync(join(root, 'package-lock.json'));

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Folder of an installed package, wherever npm put it; undefined when it is not installed. */
export function packageDir(name) {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
