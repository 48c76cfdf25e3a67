import { existsSync } from 'node:fs';
import path from 'node:path';

export interface ListedModel {
  readonly name: string;
  readonly version: number;
  readonly dir: string;
}

/** The `models` folder of the package, wherever this file runs from (src, dist or a scratch build inside the checkout). */
export function defaultModelsRoot(): string {
  for (let dir = __dirname; ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, 'package.json')) || dir === path.dirname(dir))
      return path.join(dir, 'models');
  }
}

/** What finds this very model again on a command line: its name and version if it is among the package's, else its folder. */
export function nameOrFolder(model: ListedModel): string {
  const named = path.join(defaultModelsRoot(), model.name, String(model.version));
  return path.resolve(model.dir) === named ? `${model.name}@${model.version}` : model.dir;
}
