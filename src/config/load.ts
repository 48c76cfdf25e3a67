import type { z } from 'zod';
import { StreamInferError } from '../core/errors';
import { precisionProblem } from '../core/precision';
import { namesPrivateAddress } from '../core/private-address';
import { environmentLayer } from './environment';
import { fileLayer } from './file';
import { mergeLayers, type ConfigLayer } from './layers';
import { LEAVES } from './leaves';
import { ruleProblems } from './rule-problems';
import { RULE_KEYS } from './rules';
import { configSchema, type Config, type ConfigInput } from './schema';
import { closest } from './suggest';

/** A valid configuration and where each setting came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Dotted path → `flag --port`, `environment …`, `file …`; what is absent has its default. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface ConfigPlaces {
  /** What a command has instead of the schema's defaults; everybody else wins over it. */
  readonly defaults?: ConfigInput;
  readonly flags?: ConfigLayer;
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** Flag > environment > file > the command's own defaults > default. Throws CONFIG_INVALID that lists every mistake with path, value and place. */
export function loadConfig({ defaults = {}, flags, file, env = process.env }: ConfigPlaces): LoadedConfig {
  const own: ConfigLayer = { values: defaults, sources: new Map<string, string>() };
  const layers = [own, fileLayer(file, env), environmentLayer(env), ...(flags ? [flags] : [])];
  return validate(mergeLayers(layers));
}

/** Settings that another program gives as an object: no file and no environment is read. Throws CONFIG_INVALID. */
export function parseConfig(input: ConfigInput): LoadedConfig {
  return validate(mergeLayers([{ values: input, sources: new Map<string, string>() }]));
}

function validate({ values, sources }: ConfigLayer): LoadedConfig {
  const parsed = configSchema.safeParse(values);
  if (parsed.success) {
    throwIfAny([
      ...sharedTopics(parsed.data),
      ...impossibleDelivery(parsed.data),
      ...unfitPrecision(parsed.data),
      ...unfitWebhook(parsed.data),
      ...ruleProblems(parsed.data.alerts).map(
        ({ path, message }) => `${path.join('.')}: ${message}${placeOf(path, sources)}`,
      ),
    ]);
    return { config: parsed.data, sources };
  }
  const lines = parsed.error.issues.flatMap((issue) => describeIssue(issue, values, sources));
  throw new StreamInferError('CONFIG_INVALID', `the configuration has ${count(lines)}:\n${lines.join('\n')}`);
}

/** A topic that is read and written at once would feed on itself for ever. */
function sharedTopics(config: Config): string[] {
  const topics = {
    'input.topic': config.input.topic,
    'output.topic': config.output.topic,
    'output.dlq': deadLetterTopic(config),
    ...(config.alerts.length > 0 && {
      'output.events': config.output.events,
      'output.alerts': config.output.alerts,
    }),
    ...(config.models.control !== 'none' && { 'output.disagreements': config.output.disagreements }),
  };
  const [path, topic] =
    Object.entries(topics).find(([, name], i, all) => all.findIndex(([, n]) => n === name) < i) ?? [];
  if (path === undefined) return [];
  return [
    `${path}: ${topic} is used for two purposes; input, output, dead letters, events, alerts and disagreements each need a topic of their own`,
  ];
}

/** Exactly once takes a broker that can publish and advance the reader in one step. */
function impossibleDelivery({ delivery, broker, kafka }: Config): string[] {
  if (delivery === 'at-least-once') return [];
  const without =
    broker === 'memory'
      ? 'the memory broker'
      : broker === 'kafka' && kafka.embedded
        ? 'the embedded Kafka'
        : '';
  if (without === '') return [];
  return [
    `delivery: ${without} has no transactions; use --delivery at-least-once, or a real Kafka ` +
      '(--broker kafka --bootstrap-servers <list>)',
  ];
}

function unfitPrecision({ inference }: Config): string[] {
  const problem = precisionProblem(inference.runtime, inference.precision);
  return problem ? [`inference.precision: ${problem}`] : [];
}

/** Whoever reads the hook could not tell our posts from anybody's. */
function unfitWebhook({ webhook: { url, secret, allowPrivateNetwork } }: Config): string[] {
  if (url === undefined) return [];
  const mistakes: string[] = [];
  if (secret === undefined)
    mistakes.push(
      'webhook.secret: posts are signed; give a secret of 16 characters or more, the same as the reader has',
    );
  if (!allowPrivateNetwork && namesPrivateAddress(new URL(url)))
    mistakes.push(
      'webhook.url: it is a private address; if that is meant, set webhook.allowPrivateNetwork: true',
    );
  return mistakes;
}

function throwIfAny(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new StreamInferError('CONFIG_INVALID', mistakes.join('\n'));
}

function count(lines: readonly string[]): string {
  return lines.length === 1 ? 'a mistake' : `${lines.length} mistakes`;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  values: unknown,
  sources: ReadonlyMap<string, string>,
): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], sources));
  const got = shown(valueAt(values, path));
  const expected =
    issue.code === 'invalid_value' ? `expected one of ${issue.values.join(', ')}` : lowerFirst(issue.message);
  return [`  ${path.join('.')}: ${expected}; got ${masked(path, got)}${placeOf(path, sources)}`];
}

function unknownKey(path: readonly string[], sources: ReadonlyMap<string, string>): string {
  const known = LEAVES.flatMap((leaf) => leaf.path.map((_, i) => leaf.path.slice(0, i + 1).join('.')));
  const ofRule = RULE_KEYS.map((key) => [...path.slice(0, -1), key].join('.'));
  const suggestion = closest(path.join('.'), path[0] === 'alerts' ? ofRule : known);
  return `  ${path.join('.')}: unknown setting${suggestion ? `; did you mean ${suggestion}?` : ''}${placeOf(path, sources)}`;
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

/** Longer values, such as a whole list, say little more. */
const MOST_SHOWN = 200;

function shown(value: unknown): string | undefined {
  // JSON has no such numbers and makes null of them.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined || text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The address of a webhook is one, too: many hold their key in it. */
const SECRET = /webhook\.url|token|password|secret|jaas|sasl\.oauthbearer|ssl\.key\.pem/i;

function masked(path: readonly string[], shown: string | undefined): string {
  return isSecret(path) ? '(masked)' : (shown ?? 'nothing');
}

/** Whether a setting must not be shown. */
export function isSecret(path: readonly string[]): boolean {
  return SECRET.test(path.join('.'));
}

/** The topics, subscription and data-dependent defaults that follow from other settings. */
export function inputSubscription(config: Config): string {
  return config.input.subscription ?? `${config.input.topic}-sub`;
}

export function deadLetterTopic(config: Config): string {
  return config.output.dlq ?? `${config.input.topic}.dlq`;
}

/** Pub/Sub subscription that dead letters are listed and redriven from. */
export function deadLetterSubscription(config: Config): string {
  return `${deadLetterTopic(config)}-sub`;
}
