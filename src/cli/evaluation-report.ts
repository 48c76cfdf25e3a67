import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import type { ModelFiles } from '../models/files';
import type { VersionComparison } from '../training/compare';
import type { Metrics } from '../training/metrics';
import type { Robustness } from '../training/robustness';
import { percent } from '../core/percent';
import { renderClassTable, renderConfusion } from './metrics-table';

/** The measurements of one model. */
export interface Evaluation {
  readonly files: ModelFiles;
  readonly runtime: RuntimeName;
  readonly precision: Precision;
  /** In the measured precision; null for the user's own images, and for a model without a measured one. */
  readonly cardAccuracy: number | null;
  readonly metrics: Metrics;
  /** Whether the accuracy matches the model card, if that is known. */
  readonly agrees: boolean;
  /** Absent unless it was asked for. */
  readonly robustness?: readonly Robustness[];
  /** The user's own images; absent for the test set. */
  readonly images?: OwnImages;
}

export interface OwnImages {
  readonly places: readonly string[];
  /** Files that were skipped. */
  readonly unreadable: number;
  readonly withoutClass: number;
}

/** The measurements of a second model, and the comparison. */
export interface Comparison {
  readonly against: Evaluation;
  readonly comparison: VersionComparison;
}

/** Lines of the comparison; --json has all classes. */
const MOST_CLASSES = 50;

export function renderEvaluation(evaluation: Evaluation, compared?: Comparison): string {
  const { metrics } = evaluation;
  const { labels } = evaluation.files.shape;
  return [
    ...summaryOf(evaluation),
    ...(compared ? ['', ...summaryOf(compared.against), '', ...renderComparison(evaluation, compared)] : []),
    ...renderRobustness(evaluation, compared?.against),
    '',
    renderClassTable(metrics, labels),
    '',
    renderConfusion(metrics, labels),
    '',
  ].join('\n');
}

export function evaluationToJson(evaluation: Evaluation, compared?: Comparison): string {
  const report = {
    ...toReport(evaluation),
    ...(compared && { against: toReport(compared.against), comparison: compared.comparison }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function summaryOf(evaluation: Evaluation): string[] {
  const { metrics, cardAccuracy, agrees, images } = evaluation;
  const source = images === undefined ? 'test images' : `images of ${images.places.join(', ')}`;
  return [
    `${nameOf(evaluation)}, ${metrics.n} ${source}`,
    `accuracy ${percent(metrics.accuracy)}${agreementOf(cardAccuracy, agrees)}`,
    `macro F1 ${metrics.macroF1.toFixed(4)}, log loss ${metrics.logLoss.toFixed(4)}`,
    ...(images === undefined ? [] : skippedLine(images)),
  ];
}

function agreementOf(cardAccuracy: number | null, agrees: boolean): string {
  if (cardAccuracy === null) return '';
  const card = percent(cardAccuracy);
  return agrees ? `: agrees with the model card (${card})` : `: the model card says ${card}: THEY DIFFER`;
}

function skippedLine({ unreadable, withoutClass }: OwnImages): string[] {
  if (unreadable + withoutClass === 0) return [];
  return [`skipped: ${unreadable} unreadable, ${withoutClass} without a class of the model`];
}

function renderComparison(first: Evaluation, { against, comparison }: Comparison): string[] {
  const { images, sameClass, onlyFirstRight, onlySecondRight, pValue, perClass } = comparison;
  const f1 = ({ metrics }: Evaluation, label: number) => percent(metrics.perClass[label]?.f1 ?? 0);
  return [
    row('F1 by class', ['first', 'second', 'only first', 'only second']),
    ...first.files.shape.labels
      .slice(0, MOST_CLASSES)
      .map((name, label) =>
        row(`${label} ${name}`, [
          f1(first, label),
          f1(against, label),
          String(perClass[label]?.onlyFirstRight ?? 0),
          String(perClass[label]?.onlySecondRight ?? 0),
        ]),
      ),
    '',
    `the same class for ${sameClass} of ${images} (${percent(sameClass / images)}); ` +
      `only the first is right for ${onlyFirstRight}, only the second for ${onlySecondRight}`,
    verdictOf(comparison),
    `McNemar's exact test: p ${pValue < 0.0001 ? '< 0.0001' : `= ${pValue.toFixed(4)}`}`,
  ];
}

/** Empty without measurements. */
function renderRobustness({ robustness = [] }: Evaluation, against?: Evaluation): string[] {
  if (robustness.length === 0) return [];
  const others = against?.robustness?.map(({ accuracy }) => percent(accuracy));
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(28) + cells.map((cell) => cell.padStart(12)).join('');
  return [
    '',
    line('accuracy, all test images', others ? ['first', 'second'] : ['']).trimEnd(),
    ...robustness.map(({ change, accuracy }, i) =>
      line(change, [percent(accuracy), others?.[i] ?? '']).trimEnd(),
    ),
  ];
}

function verdictOf({ moreThanNoise, onlyFirstRight, onlySecondRight }: VersionComparison): string {
  if (!moreThanNoise) return 'The difference may be noise.';
  return `The difference is more than noise: the ${onlyFirstRight > onlySecondRight ? 'first' : 'second'} is better.`;
}

function toReport(evaluation: Evaluation): object {
  const { files, runtime, precision, cardAccuracy, metrics, agrees, images, robustness } = evaluation;
  const { name, version, sha256, shape } = files;
  const perClass = metrics.perClass.map((entry) => ({ ...entry, className: shape.labels[entry.label] }));
  const compared = images === undefined ? { cardAccuracy, agrees } : { images };
  return {
    model: { name, version, sha256, runtime, precision },
    ...compared,
    ...metrics,
    perClass,
    ...(robustness && { robustness }),
  };
}

function nameOf({ files, runtime, precision }: Evaluation): string {
  return `${files.name} ${files.version} on ${runtime}, ${precision}`;
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(16) + cells.map((cell) => cell.padStart(12)).join('');
}
