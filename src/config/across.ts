import type { z } from 'zod';
import { precisionProblem } from '../core/precision';
import { namesPrivateAddress } from './private-address';
import type { Rule } from '../core/rule';
import { topicNameProblem } from './names';
import { ruleProblems } from './rule-problems';
import { rulesSchema } from './rules';
import { configSchema, type Config } from './schema';
import { deadLetterTopic } from './topics';

/** A mistake between settings each of which fits the schema. */
export interface AcrossProblem {
  /** Dotted. */
  readonly path: string;
  readonly message: string;
}

interface AcrossCheck {
  /** What it looks at; where one of those does not fit the schema, nothing can be said. */
  readonly sections: readonly (keyof Config)[];
  readonly find: (config: Config) => AcrossProblem[];
}

const CHECKS: readonly AcrossCheck[] = [
  { sections: ['input', 'output', 'alerts', 'models'], find: sharedTopics },
  { sections: ['broker', 'input', 'output'], find: unfitNames },
  { sections: ['delivery', 'broker', 'kafka'], find: impossibleDelivery },
  { sections: ['inference'], find: unfitPrecision },
  { sections: ['webhook'], find: unfitWebhook },
];

/**
 * What is wrong between settings, also in a configuration that does not fit the schema: as far as it can be told from
 * the sections that do.
 *
 * @param issues what the schema found
 */
export function problemsAcross(
  values: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): AcrossProblem[] {
  const faulty = new Set(issues.map(({ path }) => String(path[0])));
  const fitting = Object.entries(values).filter(([name]) => name in configSchema.shape && !faulty.has(name));
  const parsed = configSchema.safeParse(Object.fromEntries(fitting));
  const found = CHECKS.filter(({ sections }) => !sections.some((section) => faulty.has(section)));
  return [
    ...(parsed.success ? found.flatMap(({ find }) => find(parsed.data)) : []),
    ...ruleProblems(fittingRules(values['alerts'])).map(({ path, message }) => ({
      path: path.join('.'),
      message,
    })),
  ];
}

/** Each in its place, which names it in messages; undefined for one that does not fit the schema. */
function fittingRules(alerts: unknown): (Rule | undefined)[] {
  if (!Array.isArray(alerts)) return [];
  return alerts.map((rule: unknown) => rulesSchema.element.safeParse(rule).data);
}

/** A topic that is read and written at once would feed on itself for ever. */
function sharedTopics(config: Config): AcrossProblem[] {
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
  const message = `${topic} is used for two purposes; input, output, dead letters, events, alerts and disagreements each need a topic of their own`;
  return [{ path, message }];
}

/** Only Pub/Sub has names with a project, or with ~ + and %. */
function unfitNames({ broker, input, output }: Config): AcrossProblem[] {
  const { topic, dlq, events, alerts, disagreements } = output;
  const named = {
    'input.topic': input.topic,
    ...{ 'output.topic': topic, 'output.events': events, 'output.alerts': alerts },
    ...{ 'output.disagreements': disagreements, ...(dlq !== undefined && { 'output.dlq': dlq }) },
  };
  return Object.entries(named).flatMap(([path, name]) => {
    const message = topicNameProblem(broker, name);
    return message === undefined ? [] : [{ path, message }];
  });
}

/** Exactly once takes a broker that can publish and advance the reader in one step. */
function impossibleDelivery({ delivery, broker, kafka }: Config): AcrossProblem[] {
  if (delivery === 'at-least-once') return [];
  const without =
    broker === 'memory'
      ? 'the memory broker'
      : broker === 'kafka' && kafka.embedded
        ? 'the embedded Kafka'
        : '';
  if (without === '') return [];
  const message =
    `${without} has no transactions; use --delivery at-least-once, or a real Kafka ` +
    '(--broker kafka --bootstrap-servers <list>)';
  return [{ path: 'delivery', message }];
}

function unfitPrecision({ inference }: Config): AcrossProblem[] {
  const problem = precisionProblem(inference.runtime, inference.precision);
  return problem ? [{ path: 'inference.precision', message: problem }] : [];
}

/** Whoever reads the hook could not tell our posts from anybody's. */
function unfitWebhook({ webhook: { url, secret, allowPrivateNetwork } }: Config): AcrossProblem[] {
  if (url === undefined) return [];
  const mistakes: AcrossProblem[] = [];
  if (secret === undefined)
    mistakes.push({
      path: 'webhook.secret',
      message: 'posts are signed; give a secret of 16 characters or more, the same as the reader has',
    });
  if (!allowPrivateNetwork && namesPrivateAddress(new URL(url)))
    mistakes.push({
      path: 'webhook.url',
      message: 'it is a private address; if that is meant, set webhook.allowPrivateNetwork: true',
    });
  return mistakes;
}
