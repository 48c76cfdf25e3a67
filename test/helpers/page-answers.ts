import type { BrowserContext } from 'playwright-core';
import { CLASS_NAMES } from '../../src/core/labels';
import type { Outcome, Prediction } from '../../src/core/prediction';
import type { PredictionsAnswer } from '../../src/http/schemas/predictions';
import type { ConfusionAnswer, HistoryAnswer } from '../../src/http/schemas/quality';
import type { ConfigAnswer } from '../../src/http/schemas/settings';
import { driftOfMany } from './drift';
import type { FakeServices } from './services';

const BINS = 20;
const PAGE = 84;
const MINUTE_MS = 60_000;

/** The configuration of the fake process. */
export const SETTINGS: ConfigAnswer['settings'] = [
  { path: 'broker', value: 'kafka', source: 'flag' },
  { path: 'input.topic', value: 'images', source: 'default' },
  { path: 'input.group', value: 'stream-infer', source: 'default' },
  {
    path: 'input.from',
    value: 'earliest',
    source: 'default',
    // As long as the longest of the program.
    description:
      'Places of images that messages may refer to: https://host, https://*.domain, s3://bucket, gs://bucket or file:///folder, each also with a folder; none: no references.',
  },
  { path: 'output.topic', value: 'predictions', source: 'default' },
  { path: 'output.dlq', value: 'images.dlq', source: 'file' },
  { path: 'delivery', value: 'exactly-once', source: 'file' },
  { path: 'kafka.properties.bootstrap.servers', value: 'kafka-0:9092,kafka-1:9092', source: 'environment' },
  { path: 'kafka.properties.sasl.username', value: 'stream-infer', source: 'file' },
  { path: 'kafka.properties.sasl.password', value: '(masked)', source: 'file' },
  { path: 'inference.model', value: 'fashion-mnist', source: 'default' },
  { path: 'inference.runtime', value: 'auto', source: 'default' },
  { path: 'inference.precision', value: 'auto', source: 'default' },
  { path: 'inference.workers', value: 'auto', source: 'default' },
  { path: 'inference.maxBatch', value: '128', source: 'flag' },
  { path: 'inference.latencyBudgetMs', value: '20', source: 'default' },
  { path: 'inference.maxInFlight', value: '4096', source: 'default' },
  { path: 'http.host', value: '127.0.0.1', source: 'default' },
  { path: 'http.port', value: '8080', source: 'default' },
  { path: 'http.token', value: '(not set)', source: 'default' },
  { path: 'log.level', value: 'info', source: 'environment' },
];

/**
 * Mocks the responses of the results store in the browser, from the outcomes that the fakes emit from now on.
 * Returns the function that puts the answers into a context.
 */
export function answersOfStore(services: FakeServices): (context: BrowserContext) => Promise<void> {
  const tally = new Tally();
  services.onOutcomes((outcomes) => tally.add(outcomes));
  return (context) => applyAnswers(context, tally);
}

async function applyAnswers(context: BrowserContext, tally: Tally): Promise<void> {
  const drift = driftOfMany();
  const answers: Record<string, () => unknown> = {
    confusion: () => tally.confusion(),
    history: () => tally.history(),
    config: () => ({ settings: SETTINGS }),
    drift: () => drift,
  };
  await context.route(/\/api\/v1\/(confusion|history|config|drift)(\?|$)/, async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    await route.fulfill({ json: answers[name]?.() });
  });
  await context.route(/\/api\/v1\/predictions\?.*\bid=/, async (route) => {
    const id = new URL(route.request().url()).searchParams.get('id') ?? '';
    await route.fulfill({ json: tally.withId(id) });
  });
  await context.route(/\/(metrics|docs|openapi\.json)$/, (route) => route.fulfill({ body: '' }));
}

class Tally {
  readonly #predictions: Prediction[] = [];
  #deadLetters = 0;

  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === 'prediction') this.#predictions.push(outcome.prediction);
      else this.#deadLetters++;
    }
  }

  withId(part: string): PredictionsAnswer {
    const predictions = this.#predictions
      .map((prediction, at) => ({ seq: at + 1, ...prediction }))
      .filter(({ id }) => id.includes(part));
    return { predictions: predictions.reverse().slice(0, PAGE), next: null };
  }

  confusion(): ConfusionAnswer {
    const judged = this.#predictions.filter(({ truth }) => truth !== undefined);
    const count = (truth: number | null, label: number | null) =>
      judged.filter(
        (one) => (truth === null || one.truth === truth) && (label === null || one.label === label),
      ).length;
    return {
      classes: CLASS_NAMES,
      matrix: CLASS_NAMES.map((_, truth) => CLASS_NAMES.map((__, label) => count(truth, label))),
      pairs: CLASS_NAMES.flatMap((_, truth) =>
        CLASS_NAMES.map((__, label) => ({ truth, label, count: count(truth, label) })),
      )
        .filter((pair) => pair.truth !== pair.label && pair.count > 0)
        .sort((a, b) => b.count - a.count),
      judged: judged.length,
      correct: judged.filter(({ correct }) => correct).length,
      perClass: CLASS_NAMES.map((className, label) => {
        const [right, support, said] = [count(label, label), count(label, null), count(null, label)];
        return {
          label,
          className,
          support,
          precision: said === 0 ? null : right / said,
          recall: support === 0 ? null : right / support,
          f1: support + said === 0 ? null : (2 * right) / (support + said),
        };
      }),
      confidence: Array.from({ length: BINS }, (_, at) => this.#bin(at)),
    };
  }

  /** One hour of history, synthetic except for the last minute. */
  history(): HistoryAnswer {
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const made = Array.from({ length: 59 }, (_, at) => {
      const judged = Math.round(2400 + 900 * Math.sin(at / 6));
      return {
        at: new Date(now - (59 - at) * MINUTE_MS).toISOString(),
        predictions: judged,
        judged,
        correct: Math.round(judged * (0.915 + 0.012 * Math.sin(at / 3) - (at > 35 && at < 41 ? 0.06 : 0))),
        deadLetters: at % 17 === 0 ? 2 : 0,
      };
    });
    const { judged, correct } = this.confusion();
    const last = {
      at: new Date(now).toISOString(),
      predictions: this.#predictions.length,
      judged,
      correct,
      deadLetters: this.#deadLetters,
    };
    return { minutes: [...made, last] };
  }

  #bin(at: number): ConfusionAnswer['confidence'][number] {
    const inside = this.#predictions.filter(
      ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === at,
    );
    const sum = inside.reduce((total, { confidence }) => total + confidence, 0);
    return {
      from: at / BINS,
      to: (at + 1) / BINS,
      count: inside.length,
      judged: inside.filter(({ truth }) => truth !== undefined).length,
      correct: inside.filter(({ correct }) => correct === true).length,
      meanConfidence: inside.length === 0 ? 0 : sum / inside.length,
    };
  }
}
