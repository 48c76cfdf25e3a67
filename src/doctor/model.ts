import { basename, dirname } from 'node:path';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../models/files';
import { requireInt8 } from '../inference/requirements';
import type { Check } from './check';

/** Checks the files of the model, and whether it fits the alert rules and the model control. */
export async function checkModel(config: Config): Promise<Check[]> {
  try {
    const dir = await resolveModelDir(config.inference.model);
    const files = await readModelFiles(dir);
    if (config.inference.precision === 'int8') requireInt8(files);
    const spec = `${files.name}@${files.version}`;
    const whole: Check = { name: 'model', state: 'ok', detail: `${spec}, all SHA-256 checksums match` };
    return [whole, ...checkDrift(config, files, spec), ...checkControl(config, dir)];
  } catch (error) {
    return [
      { name: 'model', state: 'problem', detail: messageOf(error), remedy: 'stream-infer models list' },
    ];
  }
}

/** Empty if no rule measures drift against the model's own baseline. */
function checkDrift({ alerts }: Config, { manifest }: ModelFiles, spec: string): Check[] {
  const rule = alerts.find((one) => one.kind === 'drift' && one.baseline === undefined);
  if (rule === undefined) return [];
  if (manifest.baseline !== undefined)
    return [{ name: 'drift', state: 'ok', detail: `${spec} has a baseline for the rule ${rule.name}` }];
  return [
    {
      name: 'drift',
      state: 'problem',
      detail: `the rule ${rule.name} needs the baseline of the model, but ${spec} has none; run will not start`,
      remedy: `stream-infer models baseline ${spec}`,
    },
  ];
}

/** Other versions must be next to the active one: `<folder>/<version>`. */
function checkControl({ models, inference }: Config, dir: string): Check[] {
  if (models.control === 'none') return [];
  const versions = dirname(dir);
  if (/^[1-9]\d*$/.test(basename(dir)))
    return [{ name: 'model versions', state: 'ok', detail: `loaded from ${versions}` }];
  return [
    {
      name: 'model versions',
      state: 'note',
      detail: `${inference.model} is not a version folder; it cannot be swapped for other versions`,
      remedy: 'pass a folder <name>/<version> to --model',
    },
  ];
}
