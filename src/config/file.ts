import { existsSync } from 'node:fs';
import { DEFAULT_FILE } from './default-file';
import { emptyLayer, type ConfigLayer } from './layers';
import type * as yamlFile from './yaml-file';

/** The settings of a YAML or JSON file; an empty layer without `--config` and a default file. Throws CONFIG_INVALID. */
export function fileLayer(path: string | undefined, env: NodeJS.ProcessEnv): ConfigLayer {
  if (path === undefined && !existsSync(DEFAULT_FILE)) return emptyLayer();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: a fifth of the time to read flags alone
  const { readFileLayer } = require('./yaml-file') as typeof yamlFile;
  return readFileLayer(path ?? DEFAULT_FILE, env);
}
