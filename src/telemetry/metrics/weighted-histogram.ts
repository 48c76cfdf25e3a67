import type { Metric, MetricValueWithName } from 'prom-client';

export interface WeightedHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending; values above the last one count as +Inf only. */
  readonly buckets: readonly number[];
}

export interface HistogramValues {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly values: MetricValueWithName<'le'>[];
  readonly aggregator: 'sum';
}

/**
 * A histogram without labels that prom-client's registry exposes like its own. Its `observe` is called for every
 * image: prom-client's finds a child by its labels each time and cannot count several equal values at once.
 */
export class WeightedHistogram {
  readonly type = 'histogram';
  readonly #counts: Float64Array;
  #sum = 0;
  #last = 0;

  constructor(private readonly options: WeightedHistogramOptions) {
    this.#counts = new Float64Array(options.buckets.length + 1);
  }

  get name(): string {
    return this.options.name;
  }

  get help(): string {
    return this.options.help;
  }

  observe(value: number, count = 1): void {
    this.#sum += value * count;
    this.#counts[this.#bucketOf(value)]! += count;
  }

  /** Called by the registry: buckets are cumulative there. */
  async get(): Promise<HistogramValues> {
    const { name, help, buckets } = this.options;
    let total = 0;
    const values: MetricValueWithName<'le'>[] = [...buckets, '+Inf'].map((le, at) => {
      total += this.#counts[at] as number;
      return { metricName: `${name}_bucket`, labels: { le }, value: total };
    });
    values.push({ metricName: `${name}_sum`, labels: {}, value: this.#sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: total });
    return { name, help, type: 'histogram', values, aggregator: 'sum' };
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  /** For the registry's types, which accept prom-client's own classes only. */
  toMetric(): Metric {
    return this as unknown as Metric;
  }

  /** Adjacent values are similar, so the search mostly ends where the last one did. */
  #bucketOf(value: number): number {
    const { buckets } = this.options;
    let at = this.#last;
    while (at > 0 && value <= (buckets[at - 1] as number)) at--;
    while (at < buckets.length && value > (buckets[at] as number)) at++;
    this.#last = at;
    return at;
  }
}
