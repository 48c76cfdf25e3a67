import type { Registry } from 'prom-client';
import { PREFIX } from './prefix';
import { WeightedHistogram } from './weighted-histogram';

/** From half a millisecond to a minute, s. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Times that the stream spends with the input's broker: once for each fetch and each commit. */
export class BrokerMeter {
  readonly #fetch = new WeightedHistogram({
    name: `${PREFIX}fetch_duration_seconds`,
    help: 'Waiting for messages of the input; long while the topic is empty.',
    buckets: SECONDS,
  });
  readonly #commit = new WeightedHistogram({
    name: `${PREFIX}commit_duration_seconds`,
    help: 'From settling a message until Kafka confirms the commit of its offset; with exactly-once, each transaction.',
    buckets: SECONDS,
  });
  #waitingSince: number | null = null;

  constructor(registry: Registry) {
    for (const own of [this.#fetch, this.#commit]) registry.registerMetric(own.toMetric());
  }

  /** The stream asks for messages. */
  asks(now = performance.now()): void {
    this.#waitingSince ??= now;
  }

  /** It got some. A call without any is part of the wait for the next ones. */
  received(now = performance.now()): void {
    if (this.#waitingSince !== null) this.#fetch.observe((now - this.#waitingSince) / 1000);
    this.#waitingSince = null;
  }

  committed(ms: number): void {
    this.#commit.observe(ms / 1000);
  }
}
