import type { LoadedConfig } from '../config/load';
import { takesLabels } from '../config/takes-labels';
import type { Config } from '../config/schema';
import {
  deadLetterSubscription,
  deadLetterTopic,
  inputSubscription,
  PREDICTIONS_SUBSCRIPTION,
  routedTopics,
  subscriptionOf,
} from '../config/topics';
import { createsTopicsByDefault } from '../core/broker-traits';
import { Backoff } from '../core/async/backoff';
import { StreamInferError, isOutage, messageOf } from '../core/errors';
import type { Broker, Log, TopicRequest } from '../core/ports';

const DEFAULT_PARTITIONS = 4;

/** All topics of the processor under this configuration, with their Pub/Sub subscriptions. */
export function topicsOf(config: Config, partitions = DEFAULT_PARTITIONS): TopicRequest[] {
  return [
    { topic: config.input.topic, partitions, ...inputReader(config) },
    { topic: config.output.topic, partitions, subscription: PREDICTIONS_SUBSCRIPTION },
    ...routedTopics(config).map((topic) => ({ topic, partitions, subscription: subscriptionOf(topic) })),
    { topic: deadLetterTopic(config), partitions: 1, subscription: deadLetterSubscription(config) },
    ...sideTopicsOf([
      ...(config.alerts.length > 0 ? eventTopics(config) : []),
      ...(config.models.control !== 'none' ? [config.output.disagreements] : []),
      ...(takesLabels(config) ? [config.labels.topic] : []),
    ]),
  ];
}

/** The topics of one model, or of several models in one process. */
export function topicsOfModels({ config, served }: LoadedConfig, partitions?: number): TopicRequest[] {
  const all = (served?.map((model) => model.config) ?? [config]).flatMap((one) => topicsOf(one, partitions));
  const isNew = (request: TopicRequest, at: number): boolean =>
    all.findIndex((one) => one.topic === request.topic && one.subscription === request.subscription) === at;
  return all.filter(isNew);
}

/** A pull subscription that nobody reads would keep every message, so there is none where messages are pushed. */
function inputReader(config: Config): Pick<TopicRequest, 'subscription'> {
  return config.pubsub.push.enabled ? {} : { subscription: inputSubscription(config) };
}

/** Also includes topics that only other settings would create. */
export function allTopicsOf(config: Config): TopicRequest[] {
  const always: Config = {
    ...config,
    alerts: [],
    models: { ...config.models, control: 'none' },
    labels: { ...config.labels, enabled: false },
  };
  const others = [...eventTopics(config), config.output.disagreements, config.labels.topic];
  return [...topicsOf(always), ...sideTopicsOf(others)];
}

function eventTopics({ output }: Config): string[] {
  return [output.events, output.alerts];
}

/** Topics for side outputs need no order, so one partition is enough. */
function sideTopicsOf(topics: readonly string[]): TopicRequest[] {
  return topics.map((topic) => ({ topic, partitions: 1, subscription: subscriptionOf(topic) }));
}

/** Whether to create missing topics. */
export function createsTopics(config: Config, env: NodeJS.ProcessEnv = process.env): boolean {
  return config.createTopics ?? createsTopicsByDefault(config.broker, config.kafka.embedded, env);
}

/** Creates the topics; waits for an unreachable broker until `signal` aborts. */
export async function ensureTopics(
  broker: Broker,
  topics: readonly TopicRequest[],
  log: Log,
  signal: AbortSignal,
  onWait: (reason: string) => void = () => undefined,
): Promise<string[]> {
  const backoff = new Backoff(200, 5_000);
  for (;;) {
    const admin = broker.createAdmin();
    try {
      return await admin.createTopics(topics, signal);
    } catch (error) {
      const known = StreamInferError.from(error);
      if (!known.retryable) throw known;
      onWait(`cannot create topics: ${known.message}; retrying`);
      if (backoff.tries === 0 && !isOutage(known))
        log.warn({ error: messageOf(error) }, 'cannot create topics; retrying');
      await backoff.wait(signal);
      if (signal.aborted)
        throw new StreamInferError('ABORTED', 'stopped while creating topics', { cause: error });
    } finally {
      await admin.close();
    }
  }
}
