import { basename, dirname } from 'node:path';
import type { Config } from '../config/schema';
import { isStreamInferError, messageOf } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import { isAddress } from '../core/remote-model';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../models/files';
import { createRemotePool } from '../inference/remote/remote-pool';
import type { RemoteSettings } from '../inference/remote/settings';
import { requireInt8 } from '../inference/requirements';
import { SILENT } from '../setup/config-problems';
import { remoteSettingsOf } from '../setup/remote-settings';
import type { Check } from './check';

/** Checks the files of the model, and whether it fits the alert rules and the model control. */
export async function checkModel(config: Config): Promise<Check[]> {
  const remote = remoteSettingsOf(config);
  if (remote !== null) return [await checkRemote(remote)];
  try {
    const dir = await resolveModelDir(config.inference.model);
    const files = await readModelFiles(dir);
    if (config.inference.precision === 'int8') requireInt8(files);
    const spec = `${files.name}@${files.version}`;
    const whole: Check = isFashionMnist(files.shape)
      ? { name: 'model', state: 'ok', detail: `${spec}, ${verified(files)}` }
      : describe(files, spec);
    return [whole, ...checkDrift(config, files, spec), ...checkControl(config, dir)];
  } catch (error) {
    return [
      { name: 'model', state: 'problem', detail: messageOf(error), remedy: 'stream-infer models list' },
    ];
  }
}

/** Whether the model can be read and is for other images or classes than Fashion-MNIST's. */
export async function isOtherModel({ inference }: Config): Promise<boolean> {
  if (isAddress(inference.model)) return true;
  try {
    const { shape } = await readModelFiles(await resolveModelDir(inference.model));
    return !isFashionMnist(shape);
  } catch {
    // The line of the model has the reason.
    return false;
  }
}

/** Time for the metadata of a remote model, and for one of its requests, ms. */
const REMOTE_MS = 5_000;
const REMOTE_REQUEST_MS = 4_500;

/** Asks for the metadata only: an image may cost money. */
async function checkRemote(settings: RemoteSettings): Promise<Check> {
  const signal = AbortSignal.timeout(REMOTE_MS);
  let reason: string | null = null;
  const onWait = (why: string | null): void => void (reason = why);
  try {
    const timeoutMs = Math.min(settings.timeoutMs, REMOTE_REQUEST_MS);
    const pool = await createRemotePool({
      settings: { ...settings, timeoutMs },
      log: SILENT,
      signal,
      onWait,
    });
    await pool.close();
    const { height, width, channels, labels } = pool.shape;
    const images = `${width} × ${height} ${channels === 3 ? 'RGB' : 'grey'}, ${labels.length} classes`;
    return {
      name: 'model',
      state: 'ok',
      detail: `${pool.model.name}, remote (${settings.protocol}), ${images}`,
    };
  } catch (error) {
    const isLate = isStreamInferError(error) && error.code === 'ABORTED';
    const detail = (isLate ? reason : null) ?? messageOf(error);
    return { name: 'model', state: 'problem', detail, remedy: 'check model.url, model.name and model.token' };
  }
}

function verified({ manifest }: Pick<ModelFiles, 'manifest'>): string {
  return manifest.files.length > 0 ? 'all SHA-256 checksums match' : 'no manifest, so nothing is verified';
}

/** Size, colour and number of classes, and what is verified of the files. */
function describe({ shape, manifest, warnings }: ModelFiles, spec: string): Check {
  const { height, width, channels, labels } = shape;
  const images = `${width} × ${height} ${channels === 3 ? 'RGB' : 'grey'}, ${labels.length} classes`;
  const detail = `${spec}, ${images}, ${verified({ manifest })}`;
  if (warnings.length === 0) return { name: 'model', state: 'ok', detail };
  return { name: 'model', state: 'note', detail: `${detail}; ${warnings.join('; ')}` };
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
