import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';
import type { OutcomeObserver, PartitionLag } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type {
  Activity,
  DeadLetters,
  EventsService,
  HttpServices,
  PublishJobs,
  RequestsService,
  Setting,
} from '../http/services';
import type { ResultsView } from '../results/view';
import { LagClock } from '../telemetry/lag-clock';
import type { GaugeSources } from '../telemetry/metrics/gauges';
import { Metrics } from '../telemetry/metrics/metrics';
import type { Membership } from './membership';

/** Services that depend on whether this process classifies images or only shows results. */
export type RoleServices = Pick<
  HttpServices,
  | 'health'
  | 'modelElsewhere'
  | 'model'
  | 'modelDescription'
  | 'models'
  | 'load'
  | 'latencyGoal'
  | 'resultCache'
  | 'steering'
  | 'drift'
  | 'trainingHistory'
  | 'classify'
  | 'classifyAll'
  | 'classifyNumbers'
  | 'explain'
  | 'canClassify'
  | 'push'
  | 'labels'
>;

export interface HttpServicesOptions {
  readonly config: Config;
  readonly version: string;
  readonly settings: readonly Setting[];
  readonly results: ResultsView;
  readonly publishing: PublishJobs;
  readonly deadLetters: DeadLetters;
  readonly topicRequests: RequestsService | undefined;
  readonly events: EventsService;
  readonly lag: () => readonly PartitionLag[];
  readonly activity: () => Activity;
  readonly role: RoleServices;
  /** Absent in a process with one model. */
  readonly member?: Pick<Membership, 'model' | 'reportsProcess'>;
  /** Read by the gauges when metrics are scraped. */
  readonly observed: GaugeSources['resources'];
}

export interface ObservedServices {
  readonly services: HttpServices;
  readonly metrics: Metrics;
  /** For outcomes of this process: feeds the metrics and the live stream. */
  readonly observer: OutcomeObserver;
  /** For outcomes of other processes: feeds the live stream only. */
  readonly feedObserver: OutcomeObserver;
}

/** The process as the HTTP server sees it, and the observers that feed its live stream. */
export function createHttpServices(options: HttpServicesOptions): ObservedServices {
  const { config, version, results, observed } = options;
  const { broker, input, output } = config;
  const listeners = new Set<(outcomes: readonly Outcome[]) => void>();
  const lagClock = new LagClock();
  const services: HttpServices = {
    version,
    broker,
    topics: { input: input.topic, output: output.topic, dlq: deadLetterTopic(config) },
    results,
    publishing: options.publishing,
    deadLetters: options.deadLetters,
    events: options.events,
    ...(options.topicRequests && { topicRequests: options.topicRequests }),
    settings: options.settings,
    // Figures from before an outage say nothing about the messages that wait now.
    lag: () => (options.role.health().outage === undefined ? options.lag() : []),
    lagSeconds: (lag) => lagClock.seconds(lag),
    activity: options.activity,
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.toText() }),
    onOutcomes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...options.role,
  };
  const labels = (): readonly string[] => services.modelDescription()?.shape.labels ?? [];
  const topic = input.topic;
  const { member } = options;
  const metrics = new Metrics({
    ...{ version, resources: observed, results, services, broker, topic, labels },
    ...(member && { model: member.model, reportsProcess: member.reportsProcess }),
  });
  const feedObserver: OutcomeObserver = {
    onOutcomes: (outcomes) => {
      lagClock.onOutcomes(outcomes);
      for (const listener of listeners) listener(outcomes);
    },
  };
  const observer: OutcomeObserver = {
    onOutcomes: (outcomes, publishMs) => {
      metrics.onOutcomes(outcomes, publishMs);
      feedObserver.onOutcomes(outcomes, publishMs);
    },
  };
  return { services, metrics, observer, feedObserver };
}
