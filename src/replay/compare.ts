import { mcnemar, SIGNIFICANT } from '../quality/mcnemar';
import type { ComparedPrediction, ModelCount, PredictionColumns } from './columns';

/** One side of a comparison. */
export interface ComparedSide {
  /** Source of the predictions. */
  readonly topic: string;
  readonly models: readonly ModelCount[];
  /** Messages of the range with a prediction. */
  readonly predictions: number;
  /** 0–1; null without predictions. */
  readonly meanConfidence: number | null;
  /** Predictions by class name. */
  readonly classes: Readonly<Record<string, number>>;
}

export interface TruthComparison {
  /** Messages with both predictions and a known truth. */
  readonly messages: number;
  /** Share of correct predictions, 0–1. */
  readonly earlierAccuracy: number;
  readonly replayedAccuracy: number;
  readonly onlyEarlierRight: number;
  readonly onlyReplayedRight: number;
  /** McNemar's exact test, two-sided. */
  readonly pValue: number;
  readonly moreThanNoise: boolean;
}

export interface ChangedExample {
  /** `topic/partition/offset`. */
  readonly sourceId: string;
  readonly earlier: { readonly className: string; readonly confidence: number };
  readonly replayed: { readonly className: string; readonly confidence: number };
  readonly truth?: string;
}

export interface Comparison {
  readonly earlier: ComparedSide;
  readonly replayed: ComparedSide;
  /** Messages with both predictions. */
  readonly compared: number;
  /** Compared messages with the same class on both sides. */
  readonly agreeing: number;
  /** Changed messages by pair of classes, most frequent first. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly messages: number }[];
  /** Changed messages with the highest confidence of the replayed version. */
  readonly examples: readonly ChangedExample[];
  /** null without a known truth. */
  readonly truth: TruthComparison | null;
}

export interface ComparisonInput {
  readonly inputTopic: string;
  readonly topics: { readonly earlier: string; readonly replayed: string };
  readonly earlier: PredictionColumns;
  readonly replayed: PredictionColumns;
  /** Class names by label. */
  readonly labels: readonly string[];
}

const MOST_EXAMPLES = 10;

/** Compares the predictions of two model versions for the same messages. */
export function comparePredictions(input: ComparisonInput): Comparison {
  const { inputTopic, topics, labels } = input;
  const sides = { earlier: new SideCount(), replayed: new SideCount() };
  const pairs = new PairCount();
  for (const [partition, offset] of input.earlier.places()) {
    const earlier = input.earlier.get(partition, offset);
    const replayed = input.replayed.get(partition, offset);
    if (earlier) sides.earlier.add(earlier);
    if (replayed) sides.replayed.add(replayed);
    if (earlier && replayed) pairs.add(earlier, replayed, `${inputTopic}/${partition}/${offset}`);
  }
  return {
    earlier: sides.earlier.report(topics.earlier, input.earlier, labels),
    replayed: sides.replayed.report(topics.replayed, input.replayed, labels),
    ...pairs.report(labels),
  };
}

class SideCount {
  readonly #classes = new Map<number, number>();
  #confidence = 0;
  #count = 0;

  add({ label, confidence }: ComparedPrediction): void {
    this.#classes.set(label, (this.#classes.get(label) ?? 0) + 1);
    this.#confidence += confidence;
    this.#count++;
  }

  report(topic: string, { models }: PredictionColumns, labels: readonly string[]): ComparedSide {
    const counts = labels.map((name, label) => [name, this.#classes.get(label) ?? 0] as const);
    return {
      topic,
      models,
      predictions: this.#count,
      meanConfidence: this.#count === 0 ? null : this.#confidence / this.#count,
      classes: Object.fromEntries(counts),
    };
  }
}

interface Change {
  readonly sourceId: string;
  readonly earlier: ComparedPrediction;
  readonly replayed: ComparedPrediction;
}

class PairCount {
  #compared = 0;
  #agreeing = 0;
  readonly #changes = new Map<string, { from: number; to: number; messages: number }>();
  /** Ascending by the replayed version's confidence. */
  readonly #examples: Change[] = [];
  readonly #truth = { messages: 0, bothRight: 0, onlyEarlierRight: 0, onlyReplayedRight: 0 };

  add(earlier: ComparedPrediction, replayed: ComparedPrediction, sourceId: string): void {
    this.#compared++;
    if (earlier.label === replayed.label) this.#agreeing++;
    else this.#addChange({ sourceId, earlier, replayed });
    this.#addTruth(earlier.label, replayed.label, replayed.truth ?? earlier.truth);
  }

  report(labels: readonly string[]): Omit<Comparison, 'earlier' | 'replayed'> {
    const name = (label: number): string => labels[label] ?? String(label);
    return {
      compared: this.#compared,
      agreeing: this.#agreeing,
      changes: [...this.#changes.values()]
        .sort((a, b) => b.messages - a.messages || a.from - b.from || a.to - b.to)
        .map(({ from, to, messages }) => ({ from: name(from), to: name(to), messages })),
      examples: this.#examples.toReversed().map((change) => toExample(change, name)),
      truth: this.#truth.messages === 0 ? null : this.#compareTruth(),
    };
  }

  #addChange(change: Change): void {
    const { earlier, replayed } = change;
    const key = `${earlier.label} ${replayed.label}`;
    const known = this.#changes.get(key);
    if (known) known.messages++;
    else this.#changes.set(key, { from: earlier.label, to: replayed.label, messages: 1 });
    this.#addExample(change);
  }

  #addExample(change: Change): void {
    const { confidence } = change.replayed;
    const at = this.#examples.findIndex(({ replayed }) => replayed.confidence >= confidence);
    this.#examples.splice(at < 0 ? this.#examples.length : at, 0, change);
    if (this.#examples.length > MOST_EXAMPLES) this.#examples.shift();
  }

  #addTruth(earlier: number, replayed: number, truth: number | undefined): void {
    if (truth === undefined) return;
    this.#truth.messages++;
    if (earlier === truth && replayed === truth) this.#truth.bothRight++;
    else if (earlier === truth) this.#truth.onlyEarlierRight++;
    else if (replayed === truth) this.#truth.onlyReplayedRight++;
  }

  #compareTruth(): TruthComparison {
    const { messages, bothRight, onlyEarlierRight, onlyReplayedRight } = this.#truth;
    const pValue = mcnemar({ onlyFirst: onlyEarlierRight, onlySecond: onlyReplayedRight });
    return {
      messages,
      earlierAccuracy: (bothRight + onlyEarlierRight) / messages,
      replayedAccuracy: (bothRight + onlyReplayedRight) / messages,
      onlyEarlierRight,
      onlyReplayedRight,
      pValue,
      moreThanNoise: pValue < SIGNIFICANT,
    };
  }
}

function toExample({ sourceId, earlier, replayed }: Change, name: (label: number) => string): ChangedExample {
  const truth = replayed.truth ?? earlier.truth;
  return {
    sourceId,
    earlier: { className: name(earlier.label), confidence: earlier.confidence },
    replayed: { className: name(replayed.label), confidence: replayed.confidence },
    ...(truth !== undefined && { truth: name(truth) }),
  };
}
