import { basename, dirname } from 'node:path';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../models/files';
import { requireInt8 } from '../inference/require-int8';
import type { Check } from './check';

/** Whether the model is whole, and is what rules and model control want of it. */
export async function checkModel(config: Config): Promise<Check[]> {
  try {
    const dir = await resolveModelDir(config.inference.model);
    const files = await readModelFiles(dir);
    if (config.inference.precision === 'int8') requireInt8(files);
    const spec = `${files.name}@${files.version}`;
    const whole: Check = { name: 'model', state: 'ok', detail: `${spec}, every SHA-256 agrees` };
    return [whole, ...checkDrift(config, files, spec), ...checkControl(config, dir)];
  } catch (error) {
    return [
      { name: 'model', state: 'problem', detail: messageOf(error), remedy: 'stream-infer models list' },
    ];
  }
}

/** Nothing to say where no rule measures drift from the model's own baseline. */
function checkDrift({ alerts }: Config, { manifest }: ModelFiles, spec: string): Check[] {
  const rule = alerts.find((one) => one.kind === 'drift' && one.baseline === undefined);
  if (rule === undefined) return [];
  if (manifest.baseline !== undefined)
    return [{ name: 'drift', state: 'ok', detail: `${spec} has a baseline for the rule ${rule.name}` }];
  return [
    {
      name: 'drift',
      state: 'problem',
      detail: `the rule ${rule.name} measures from the model's baseline, and ${spec} has none: run does not start`,
      remedy: `stream-infer models baseline ${spec}`,
    },
  ];
}

/** Versions are looked for beside the one that serves: `<folder>/<version>`. */
function checkControl({ models, inference }: Config, dir: string): Check[] {
  if (models.control === 'none') return [];
  const versions = dirname(dir);
  if (/^[1-9]\d*$/.test(basename(dir)))
    return [{ name: 'model versions', state: 'ok', detail: `looked for in ${versions}` }];
  return [
    {
      name: 'model versions',
      state: 'note',
      detail: `${inference.model} is no folder of a version: there are no others to exchange it for`,
      remedy: 'name a folder <name>/<version> with --model',
    },
  ];
}
