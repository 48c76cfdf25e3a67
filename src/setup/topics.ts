import type { Config } from '../config/schema';
import {
  deadLetterSubscription,
  deadLetterTopic,
  inputSubscription,
  PREDICTIONS_SUBSCRIPTION,
  subscriptionOf,
} from '../config/topics';
import { Backoff } from '../core/async/backoff';
import { StreamInferError, messageOf } from '../core/errors';
import type { Broker, Log, TopicRequest } from '../core/ports';

const DEFAULT_PARTITIONS = 4;

/** Every topic the processor uses, with the subscriptions that go with them on Pub/Sub. */
export function topicsOf(config: Config, partitions = DEFAULT_PARTITIONS): TopicRequest[] {
  return [
    { topic: config.input.topic, partitions, subscription: inputSubscription(config) },
    { topic: config.output.topic, partitions, subscription: PREDICTIONS_SUBSCRIPTION },
    { topic: deadLetterTopic(config), partitions: 1, subscription: deadLetterSubscription(config) },
    ...sideTopicsOf([
      ...(config.alerts.length > 0 ? eventTopics(config) : []),
      ...(config.models.control !== 'none' ? [config.output.disagreements] : []),
    ]),
  ];
}

/** The same with those that are made only under some settings, also where these do not hold (any more). */
export function allTopicsOf(config: Config): TopicRequest[] {
  const always: Config = { ...config, alerts: [], models: { ...config.models, control: 'none' } };
  return [...topicsOf(always), ...sideTopicsOf([...eventTopics(config), config.output.disagreements])];
}

function eventTopics({ output }: Config): string[] {
  return [output.events, output.alerts];
}

/** What is published beside outcomes needs no order. */
function sideTopicsOf(topics: readonly string[]): TopicRequest[] {
  return topics.map((topic) => ({ topic, partitions: 1, subscription: subscriptionOf(topic) }));
}

/** Whether missing topics are made without being asked for: only where nobody else could mind. */
export function createsTopics(config: Config, env: NodeJS.ProcessEnv = process.env): boolean {
  if (config.createTopics !== undefined) return config.createTopics;
  if (config.broker === 'memory') return true;
  if (config.broker === 'kafka') return config.kafka.embedded;
  return Boolean(env['PUBSUB_EMULATOR_HOST']);
}

/** Makes the topics, and waits for a broker that is not there yet until `signal` aborts. */
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
      onWait(`topics: ${known.message}`);
      if (backoff.tries === 0)
        log.warn({ error: messageOf(error) }, 'cannot make the topics yet; trying again');
      await backoff.wait(signal);
      if (signal.aborted)
        throw new StreamInferError('ABORTED', 'stopped while making topics', { cause: error });
    } finally {
      await admin.close();
    }
  }
}
