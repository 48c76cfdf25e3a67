import type { z } from 'zod';
import { precisionProblem } from '../core/precision';
import type { AcrossProblem } from './across-problem';
import { namesPrivateAddress } from './private-address';
import type { ConfiguredRule } from '../core/rule';
import { livesInProcess } from './broker';
import { cacheProblems } from './cache';
import { grpcProblems } from './grpc';
import { topicNameProblem } from './names';
import { pushProblems } from './pubsub';
import { referenceProblems } from './references';
import { remoteProblems } from './remote-model';
import { callbackProblems } from './requests';
import { routeProblems } from './route-problems';
import { ruleProblems } from './rule-problems';
import { anyRulesSchema, MOST_RULES, rulesSchema } from './rules';
import { registryProblems } from './schema-registry';
import { configSchema, namesShippedModel, schemaFor, type Config } from './schema';
import { writtenTopics } from './topics';

interface AcrossCheck {
  /** The sections that it reads; it is skipped if one of them does not fit the schema. */
  readonly sections: readonly (keyof Config)[];
  readonly find: (config: Config) => AcrossProblem[];
}

const CHECKS: readonly AcrossCheck[] = [
  { sections: ['input', 'output', 'alerts', 'models'], find: sharedTopics },
  { sections: ['broker', 'input', 'output'], find: invalidTopicNames },
  { sections: ['delivery', 'broker', 'kafka'], find: unsupportedDelivery },
  { sections: ['broker', 'kafka'], find: embeddedOther },
  { sections: ['inference'], find: unsupportedPrecision },
  { sections: ['webhook'], find: invalidWebhook },
  { sections: ['requests'], find: callbackProblems },
  { sections: ['inference', 'model', 'models'], find: remoteProblems },
  { sections: ['references'], find: referenceProblems },
  { sections: ['events', 'alerts'], find: originalsWithoutRules },
  { sections: ['cache', 'inference'], find: cacheProblems },
  { sections: ['output', 'alerts', 'inference'], find: routeProblems },
  { sections: ['output'], find: eventHeaders },
  { sections: ['grpc', 'http'], find: grpcProblems },
  { sections: ['input', 'delivery'], find: batchesInTransactions },
  { sections: ['broker', 'delivery', 'pubsub', 'http'], find: pushProblems },
  { sections: ['schemaRegistry', 'input', 'output'], find: registryProblems },
];

/**
 * Finds contradictions between settings, also in a configuration with invalid sections: only valid ones are compared.
 *
 * @param issues the findings of the schema
 */
export function problemsAcross(
  values: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): AcrossProblem[] {
  const faulty = new Set(issues.map(({ path }) => String(path[0])));
  const fitting = Object.entries(values).filter(
    ([name]) => Object.hasOwn(configSchema.shape, name) && !faulty.has(name),
  );
  const parsed = schemaFor(values).safeParse(Object.fromEntries(fitting));
  const found = CHECKS.filter(({ sections }) => !sections.some((section) => faulty.has(section)));
  return [
    ...(parsed.success ? found.flatMap(({ find }) => find(parsed.data)) : []),
    ...ruleProblems(fittingRules(values), namesShippedModel(values)).map(({ path, message }) => ({
      path: path.join('.'),
      message,
    })),
  ];
}

/** The rules by position; undefined for a rule that does not fit the schema. */
function fittingRules(values: Readonly<Record<string, unknown>>): (ConfiguredRule | undefined)[] {
  const { alerts } = values;
  // The schema refuses a longer list, whose rules would all be compared with each other.
  if (!Array.isArray(alerts) || alerts.length > MOST_RULES) return [];
  const schema = namesShippedModel(values) ? rulesSchema : anyRulesSchema;
  return alerts.map((rule: unknown) => schema.element.safeParse(rule).data);
}

/** A topic that is both read and written would feed on itself forever. */
function sharedTopics(config: Config): AcrossProblem[] {
  const topics = { 'input.topic': config.input.topic, ...writtenTopics(config) };
  const [path, topic] =
    Object.entries(topics).find(([, name], i, all) => all.findIndex(([, n]) => n === name) < i) ?? [];
  if (path === undefined) return routesToOthers(config, topics);
  const message = `${topic} is used for two purposes; input, output, dead letters, events, alerts, disagreements and labels each need a topic of their own`;
  return [{ path, message }];
}

/** A transaction advances past a whole message, whose images end in several of them. */
function batchesInTransactions({ input, delivery }: Config): AcrossProblem[] {
  if (input.batches === 'none' || delivery === 'at-least-once') return [];
  return [{ path: 'input.batches', message: 'batches of CloudEvents need --delivery at-least-once' }];
}

/** Only rules make events, so the place would stay empty. */
function originalsWithoutRules({ events: { keepOriginals }, alerts }: Config): AcrossProblem[] {
  if (keepOriginals === undefined || alerts.length > 0) return [];
  return [
    { path: 'events.keepOriginals', message: 'without rules there are no events; add alerts, or remove it' },
  ];
}

/** A structured event is recognized by its content type, and has its attributes in its value. */
function eventHeaders({ output: { format, headers } }: Config): AcrossProblem[] {
  if (format === 'json' || headers === 'json') return [];
  return [
    { path: 'output.headers', message: 'a structured CloudEvent has the headers of json; set it to json' },
  ];
}

/** A route may lead to the predictions topic, but to no other topic of this program. */
function routesToOthers({ output }: Config, topics: Readonly<Record<string, string>>): AcrossProblem[] {
  return output.routes.flatMap(({ topic }, at) => {
    const [used] =
      Object.entries(topics).find(([path, name]) => name === topic && path !== 'output.topic') ?? [];
    if (used === undefined) return [];
    return [{ path: `output.routes.${at}.topic`, message: `${topic} is ${used}; use another topic` }];
  });
}

/** Only Pub/Sub has names with a project, or with ~ + and %. */
function invalidTopicNames({ broker, input, output, labels }: Config): AcrossProblem[] {
  const { topic, dlq, events, alerts, disagreements } = output;
  const named = {
    'input.topic': input.topic,
    ...{ 'output.topic': topic, 'output.events': events, 'output.alerts': alerts },
    ...{ 'output.disagreements': disagreements, ...(dlq !== undefined && { 'output.dlq': dlq }) },
    'labels.topic': labels.topic,
    ...Object.fromEntries(output.routes.map((route, at) => [`output.routes.${at}.topic`, route.topic])),
  };
  return Object.entries(named).flatMap(([path, name]) => {
    const message = topicNameProblem(broker, name);
    return message === undefined ? [] : [{ path, message }];
  });
}

/** Exactly-once needs a broker that publishes and commits in one transaction. */
function unsupportedDelivery(config: Config): AcrossProblem[] {
  const { delivery, broker } = config;
  if (delivery === 'at-least-once' || !livesInProcess(config)) return [];
  const message =
    `${broker === 'memory' ? 'the memory broker' : 'the embedded Kafka'} has no transactions; use --delivery at-least-once, or a real Kafka ` +
    '(--broker kafka --bootstrap-servers <list>)';
  return [{ path: 'delivery', message }];
}

/** With another broker the setting would be ignored, and the messages would go where nobody expects them. */
function embeddedOther({ broker, kafka }: Config): AcrossProblem[] {
  if (!kafka.embedded || broker === 'kafka') return [];
  const message = `only Kafka can be embedded, and the broker is ${broker}; add --broker kafka, or omit kafka.embedded`;
  return [{ path: 'kafka.embedded', message }];
}

function unsupportedPrecision({ inference }: Config): AcrossProblem[] {
  const problem = precisionProblem(inference.runtime, inference.precision);
  return problem ? [{ path: 'inference.precision', message: problem }] : [];
}

/** Without a secret, the receiver cannot verify the sender. */
function invalidWebhook({ webhook: { url, secret, allowPrivateNetwork } }: Config): AcrossProblem[] {
  if (url === undefined) return [];
  const mistakes: AcrossProblem[] = [];
  if (secret === undefined)
    mistakes.push({
      path: 'webhook.secret',
      message:
        'a secret of at least 16 characters is required to sign the posts; use the one of the receiver',
    });
  if (!allowPrivateNetwork && namesPrivateAddress(new URL(url)))
    mistakes.push({
      path: 'webhook.url',
      message: 'it is a private address; to allow it, set webhook.allowPrivateNetwork: true',
    });
  return mistakes;
}
