import { availableParallelism } from 'node:os';
import { problemsAcross } from './across';
import type { AcrossProblem } from './across-problem';
import { emptyLayer, isTree, mergeLayers, setAt, type ConfigLayer } from './layers';
import { idOf } from './names';
import { schemaFor, type Config } from './schema';
import { REPLACED_SETTINGS, type ServedModelInput } from './served-model';
import { routedTopics, writtenTopics } from './topics';

/** One of several models in a process. */
export interface ServedModel {
  /** Equal to the name in the model's files. */
  readonly name: string;
  /** The configuration that a process with this model alone would have. */
  readonly config: Config;
  /** Names of the models that read the same topic, this one included, the default first; null where it is alone. */
  readonly sharing: readonly string[] | null;
}

/** The models of a configuration, or its mistakes. */
export interface ServedModels {
  readonly models: readonly ServedModel[];
  readonly problems: readonly AcrossProblem[];
}

/**
 * One configuration for each entry of `models.serve`, which must not be empty.
 *
 * @param values the settings before they were validated
 * @param cores threads that the machine runs at a time
 */
export function servedModelsOf(
  values: Readonly<Record<string, unknown>>,
  config: Config,
  cores: number = availableParallelism(),
): ServedModels {
  const problems = [...contradictions(values, config), ...workerProblems(config, cores)];
  if (problems.length > 0) return { models: [], problems };
  const workers = workerShares(config, cores);
  const shared = config.models.serve.filter(({ topic }) => topic === undefined).map(({ name }) => name);
  const models: ServedModel[] = [];
  for (const [at, entry] of config.models.serve.entries()) {
    const own = settingsOf(values, config, { at, entry, workers: workers[at] as number, shared });
    const parsed = schemaFor(own).safeParse(own);
    for (const { path, message } of parsed.error?.issues ?? [])
      problems.push({ path: `models.serve.${at}`, message: `${path.join('.')}: ${message}` });
    for (const { path, message } of problemsAcross(own, parsed.error?.issues ?? []))
      problems.push({ path: `models.serve.${at}`, message: `${path}: ${message}` });
    const sharing = entry.topic === undefined && shared.length > 1 ? shared : null;
    if (parsed.success) models.push({ name: entry.name, config: parsed.data, sharing });
  }
  return { models, problems: problems.length > 0 ? problems : fedBack(models) };
}

interface Entry {
  readonly at: number;
  readonly entry: ServedModelInput;
  readonly workers: number;
  /** Names of the models without a topic of their own. */
  readonly shared: readonly string[];
}

/**
 * The first model keeps group, subscription and positions of a process with this model alone. Each further one has its
 * own, so that no model waits for a rebalance of another one.
 */
function settingsOf(
  values: Readonly<Record<string, unknown>>,
  { input }: Config,
  { at, entry, workers, shared }: Entry,
): Record<string, unknown> {
  const base: ConfigLayer = {
    values: { ...values, models: withoutServe(values['models']) },
    sources: new Map(),
  };
  const own = emptyLayer();
  const set = (path: readonly string[], value: unknown): void => setAt(own, path, value, entry.name);
  set(['inference', 'model'], entry.name);
  set(['inference', 'workers'], workers);
  const sharesTopic = entry.topic === undefined && shared[0] !== entry.name;
  if (at > 0) set(['input', 'group'], `${input.group}-${entry.name}`);
  if (sharesTopic) set(['input', 'subscription'], `${idOf(input.topic)}-${entry.name}-sub`);
  else if (entry.topic !== undefined) set(['input', 'subscription'], undefined);
  for (const [key, path] of Object.entries(REPLACED_SETTINGS)) {
    const value = entry[key as keyof typeof REPLACED_SETTINGS];
    if (value !== undefined && key !== 'workers') set(path, value);
  }
  return mergeLayers([base, own]).values;
}

function withoutServe(models: unknown): unknown {
  if (!isTree(models)) return models;
  return Object.fromEntries(Object.entries(models).filter(([key]) => key !== 'serve'));
}

/** Mistakes in the list itself, and settings that contradict it. */
function contradictions(values: Readonly<Record<string, unknown>>, config: Config): AcrossProblem[] {
  const { serve } = config.models;
  const problems: AcrossProblem[] = [];
  const at = (index: number, message: string): void =>
    void problems.push({ path: `models.serve.${index}`, message });
  for (const [index, { name, topic }] of serve.entries()) {
    const before = serve.slice(0, index);
    if (before.some((one) => one.name === name))
      at(index, `there are two models named ${name}; give each a name of its own`);
    const other = before.find((one) => one.topic !== undefined && one.topic === topic);
    if (other !== undefined)
      at(
        index,
        `the topic ${topic} belongs to ${other.name}; use another topic, or omit both topics and choose by the header model`,
      );
    if (topic === config.input.topic && serve.some((one) => one.topic === undefined))
      at(index, `${topic} is input.topic, which models without a topic read; use another topic`);
  }
  const { inference, model } = values;
  if (
    (isTree(inference) && inference['model'] !== undefined) ||
    (isTree(model) && model['url'] !== undefined)
  )
    problems.push({
      path: 'models.serve',
      message: 'inference.model (--model) is set too; remove one of them, or add that model to the list',
    });
  if (config.pubsub.push.enabled)
    problems.push({
      path: 'pubsub.push.enabled',
      message: 'pushed messages go to one model; use one process per model, or pull',
    });
  const shared = serve.filter(({ topic }) => topic === undefined);
  if (config.delivery === 'exactly-once' && shared.length > 1)
    problems.push({
      path: 'models.serve',
      message:
        `${shared.map(({ name }) => name).join(' and ')} share input.topic, and a transaction cannot skip the messages ` +
        'of other models; give each a topic, or use --delivery at-least-once',
    });
  return problems;
}

/** Threads for all models: as configured, otherwise one per core. */
function threadsOf({ inference, models }: Config, cores: number): number {
  return Math.max(inference.workers === 'auto' ? cores : inference.workers, models.serve.length);
}

function workerProblems(config: Config, cores: number): AcrossProblem[] {
  const { serve } = config.models;
  const threads = threadsOf(config, cores);
  const wanted = serve.reduce((sum, { workers = 1 }) => sum + workers, 0);
  if (wanted <= threads) return [];
  const message =
    `the models need ${wanted} workers, and there are ${threads} (${cores} cores); lower the workers of a model, ` +
    `or set inference.workers: ${wanted} to use more threads than cores`;
  return [{ path: 'models.serve', message }];
}

/** The given numbers, and equal shares of the rest. The first ones get what cannot be divided. */
function workerShares(config: Config, cores: number): number[] {
  const { serve } = config.models;
  const given = serve.reduce((sum, { workers = 0 }) => sum + workers, 0);
  let open = serve.filter(({ workers }) => workers === undefined).length;
  let rest = threadsOf(config, cores) - given;
  return serve.map(({ workers }) => {
    if (workers !== undefined) return workers;
    const share = Math.ceil(rest / open--);
    rest -= share;
    return share;
  });
}

/** The results of one model must not be the images of another one. */
function fedBack(models: readonly ServedModel[]): AcrossProblem[] {
  const inputs = new Map(models.map(({ name, config }) => [config.input.topic, name]));
  return models.flatMap(({ name, config }, at) => {
    const written = new Set([...Object.values(writtenTopics(config)), ...routedTopics(config)]);
    return [...written].flatMap((one) => {
      const reader = inputs.get(one);
      if (reader === undefined) return [];
      return [{ path: `models.serve.${at}`, message: `${name} writes to ${one}, which ${reader} reads` }];
    });
  });
}
