import type { z } from 'zod';
import { StreamInferError } from '../core/errors';
import { listSome } from '../core/list-some';
import { closest } from '../core/suggest';
import { problemsAcross } from './across';
import type { AcrossProblem } from './across-problem';
import { environmentLayer } from './environment';
import { fileLayer } from './file';
import { mergeLayers, type ConfigLayer } from './layers';
import { LEAVES } from './leaves';
import { withOneSpelling, writtenKey } from './remote-model';
import { ROUTE_KEYS } from './routes';
import { RULE_KEYS } from './rules';
import { SERVED_MODEL_KEYS } from './served-model';
import { servedModelsOf, type ServedModel } from './served-models';
import { schemaFor, type Config, type ConfigInput } from './schema';
import { isShown, MASK } from './shown';

/** A valid configuration and the source of each setting. */
export interface LoadedConfig {
  readonly config: Config;
  /** Dotted path → `flag --port`, `environment …`, `file …`; missing for a default. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of `models.serve`; absent where the process has one model. */
  readonly served?: readonly ServedModel[];
}

export interface ConfigPlaces {
  /** A command's own defaults; every other source wins over them. */
  readonly defaults?: ConfigInput;
  readonly flags?: ConfigLayer;
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** Flag > environment > file > the command's own defaults > default. Throws CONFIG_INVALID that lists every mistake with path, value and place. */
export function loadConfig({ defaults = {}, flags, file, env = process.env }: ConfigPlaces): LoadedConfig {
  const own: ConfigLayer = { values: defaults, sources: new Map<string, string>() };
  const layers = [own, fileLayer(file, env), environmentLayer(env), ...(flags ? [flags] : [])];
  return validate(mergeLayers(layers.map(withOneSpelling)));
}

/** Settings that another program gives as an object: no file and no environment is read. Throws CONFIG_INVALID. */
export function parseConfig(input: ConfigInput): LoadedConfig {
  return validate(withOneSpelling({ values: input, sources: new Map<string, string>() }));
}

function validate({ values, sources }: ConfigLayer): LoadedConfig {
  const parsed = schemaFor(values).safeParse(values);
  const toLine = ({ path, message }: AcrossProblem): string =>
    `${writtenKey(path, sources)}: ${message}${placeOf(path.split('.'), sources)}`;
  const across = problemsAcross(values, parsed.error?.issues ?? []);
  if (parsed.success) {
    if (across.length > 0) throw invalid(listSome(across, toLine));
    const config = parsed.data;
    if (config.models.serve.length === 0) return { config, sources };
    const { models, problems } = servedModelsOf(values, config);
    if (problems.length > 0) throw invalid(listSome(problems, toLine));
    return { config, sources, served: models };
  }
  const mistakes = [
    ...parsed.error.issues.flatMap((issue) => describersOf(issue, values, sources)),
    ...across.map((problem) => () => toLine(problem)),
  ];
  const lines = listSome(mistakes, (describe) => describe()).map((line) => `  ${line}`);
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  throw invalid([`the configuration has ${count}:`, ...lines]);
}

function invalid(lines: readonly string[]): StreamInferError {
  return new StreamInferError('CONFIG_INVALID', lines.join('\n'));
}

/** One for each mistake in an issue. Each takes long, so only the listed ones are called. */
function describersOf(
  issue: z.core.$ZodIssue,
  values: unknown,
  sources: ReadonlyMap<string, string>,
): (() => string)[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => () => unknownKey([...path, key], sources));
  const expected =
    issue.code === 'invalid_value' ? `expected one of ${issue.values.join(', ')}` : lowerFirst(issue.message);
  return [
    () =>
      `${writtenKey(path.join('.'), sources)}: ${expected}; got ${shown(path, valueAt(values, path))}${placeOf(path, sources)}`,
  ];
}

function unknownKey(path: readonly string[], sources: ReadonlyMap<string, string>): string {
  const known = LEAVES.flatMap((leaf) => leaf.path.map((_, i) => leaf.path.slice(0, i + 1).join('.')));
  const entry = keysOfEntry(path)?.map((key) => [...path.slice(0, -1), key].join('.'));
  const suggestion = closest(path.join('.'), entry ?? known);
  return `${path.join('.')}: unknown setting${suggestion ? `; did you mean ${suggestion}?` : ''}${placeOf(path, sources)}`;
}

/** Keys of the entries of a list of maps. */
function keysOfEntry([section, name]: readonly string[]): readonly string[] | undefined {
  if (section === 'alerts') return RULE_KEYS;
  if (section === 'models' && name === 'serve') return SERVED_MODEL_KEYS;
  return section === 'output' && name === 'routes' ? ROUTE_KEYS : undefined;
}

function placeOf(path: readonly string[], sources: ReadonlyMap<string, string>): string {
  const dotted = path.join('.');
  const source =
    sources.get(dotted) ??
    sources.get(path.slice(0, -1).join('.')) ??
    [...sources].find(([known]) => known.startsWith(`${dotted}.`) || dotted.startsWith(`${known}.`))?.[1];
  return source ? ` (${source})` : '';
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], values);
}

/** Longest value in a message, in characters. */
const MOST_SHOWN = 200;

/** A tree in place of a single value is masked, because it may contain a secret. */
function shown(path: readonly string[], value: unknown): string {
  if (value === undefined) return 'nothing';
  if (!isShown(path, value) || (path[0] !== 'alerts' && !isPlain(value))) return MASK;
  // JSON has no such numbers and makes null of them.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPlain) : typeof value !== 'object' || value === null;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
