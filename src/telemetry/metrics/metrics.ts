import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import type { ModelChange } from '../../core/model-version';
import type { BrokerKind, Delivery } from '../../core/message';
import type { MessageSource, OutcomeObserver } from '../../core/ports';
import type { RoutePrediction } from '../../core/route';
import { BrokerMeter } from './broker-meter';
import { registerGauges, type GaugeSources } from './gauges';
import { OutcomeMeter } from './outcome-meter';
import { PREFIX } from './prefix';

type TakenFrom = Pick<MessageSource, 'receive' | 'isCurrent'>;

export interface MetricsOptions extends GaugeSources {
  readonly broker: BrokerKind;
  readonly topic: string;
  /** Names of the classes of the active model. */
  readonly labels: () => readonly string[];
  /** A label of each series, in a process with several models. */
  readonly model?: string;
  /** Whether memory, event loop and the like are included; true if absent. */
  readonly reportsProcess?: boolean;
}

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Properties of prom-client's metrics that it does not declare. */
interface RegisteredMetric extends Omit<MetricDescription, 'labels'> {
  readonly labelNames?: readonly string[];
}

/** The metrics of one process, in Prometheus's text format. */
export class Metrics implements OutcomeObserver {
  readonly #registry = new Registry();
  /** Of the process: these have no model. */
  readonly #process = new Registry();
  readonly #outcomes: OutcomeMeter;
  readonly #broker: BrokerMeter;
  readonly #consumed: { inc(count: number): void };
  readonly #lost: Counter;
  readonly #modelChanges: Counter<'change'>;
  readonly #shadowed: Counter<'result'>;
  readonly #routed: Counter<'topic'>;

  constructor(options: MetricsOptions) {
    const { broker, topic, labels, model, reportsProcess = true } = options;
    if (model !== undefined) this.#registry.setDefaultLabels({ model });
    this.#outcomes = new OutcomeMeter(this.#registry, labels);
    this.#broker = new BrokerMeter(this.#registry);
    const consumed = new Counter({
      name: `${PREFIX}messages_consumed_total`,
      help: 'Messages received from the input topic, including redeliveries.',
      labelNames: ['broker', 'topic'],
      registers: [this.#registry],
    });
    this.#consumed = consumed.labels({ broker, topic });
    // Created at the start: a rate needs an initial zero.
    this.#consumed.inc(0);
    this.#lost = new Counter({
      name: `${PREFIX}workers_lost_total`,
      help: 'Workers that died or timed out and were replaced.',
      registers: [this.#registry],
    });
    this.#modelChanges = new Counter({
      name: `${PREFIX}model_changes_total`,
      help: 'Model versions loaded, refused or rolled back at run time.',
      labelNames: ['change'],
      registers: [this.#registry],
    });
    for (const change of ['loaded', 'refused', 'rolled_back']) this.#modelChanges.inc({ change }, 0);
    this.#shadowed = new Counter({
      name: `${PREFIX}shadow_images_total`,
      help: 'Images by result of the shadow model: same label, different label, or skipped because it was behind.',
      labelNames: ['result'],
      registers: [this.#registry],
    });
    this.shadowed({ agreed: 0, disagreed: 0, skipped: 0 });
    this.#routed = new Counter({
      name: `${PREFIX}routed_predictions_total`,
      help: 'With output.routes: predictions by topic; (none) for unpublished predictions.',
      labelNames: ['topic'],
      registers: [this.#registry],
    });
    registerGauges(this.#registry, options);
    if (reportsProcess) collectDefaultMetrics({ register: this.#process });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Outcomes since the start. */
  get outcomes(): number {
    return this.#outcomes.outcomes;
  }

  async toText(): Promise<string> {
    const [own, process] = await Promise.all([this.#registry.metrics(), this.#process.metrics()]);
    return `${own}\n${process}`;
  }

  /** Name, type, labels and help of each metric, in the order of their registration. */
  describe(): MetricDescription[] {
    const all = [this.#registry, this.#process].flatMap((registry) => registry.getMetricsAsArray());
    const metrics = all as unknown as RegisteredMetric[];
    return metrics.map(({ name, help, type, labelNames = [] }) => ({ name, help, type, labels: labelNames }));
  }

  onOutcomes(...args: Parameters<OutcomeObserver['onOutcomes']>): void {
    this.#outcomes.onOutcomes(...args);
  }

  workerLost(): void {
    this.#lost.inc();
  }

  modelChanged(change: ModelChange): void {
    this.#modelChanges.inc({ change });
  }

  shadowed(counts: { readonly agreed: number; readonly disagreed: number; readonly skipped: number }): void {
    for (const [result, count] of Object.entries(counts)) this.#shadowed.inc({ result }, count);
  }

  /** Counts predictions by their topics. */
  routed(route: RoutePrediction): OutcomeObserver {
    return {
      onOutcomes: (outcomes) => {
        for (const outcome of outcomes) {
          if (outcome.kind !== 'prediction') continue;
          const topics = route(outcome);
          for (const topic of topics) this.#routed.inc({ topic });
          if (topics.length === 0) this.#routed.inc({ topic: '(none)' });
        }
      },
    };
  }

  /** @param ms from settling to the confirmation of the commit */
  committed(ms: number): void {
    this.#broker.committed(ms);
  }

  /** The same source, with its deliveries counted and timed. */
  counting(source: TakenFrom): TakenFrom {
    return {
      isCurrent: (delivery) => source.isCurrent(delivery),
      receive: async (max, signal): Promise<Delivery[]> => {
        this.#broker.asks();
        const deliveries = await source.receive(max, signal);
        if (deliveries.length > 0) {
          this.#broker.received();
          this.#consumed.inc(deliveries.length);
        }
        return deliveries;
      },
    };
  }
}
