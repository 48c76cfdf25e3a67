import type { ModelCount } from '../replay/columns';
import type { Comparison, ComparedSide, TruthComparison } from '../replay/compare';
import type { ReplayResult } from '../replay/run-replay';
import { describePosition } from '../core/scan-range';
import { percent } from '../core/percent';
import { printable } from './print-outcomes';

const MOST_CHANGES = 10;

/** The result of a replay as text; at most 100 columns. */
export function renderReplay(result: ReplayResult): string {
  const { comparison, plan, model, predictions, deadLetters } = result;
  const done = [
    `replayed ${plan.topics.input} from ${describePosition(plan.range.from)} to ${describePosition(plan.range.to)} ` +
      `with ${model.name}@${model.version} (${model.runtime}, ${model.precision})`,
    `  ${predictions} predictions in ${plan.topics.output}`,
    `  ${deadLetters} dead letters in ${plan.topics.dlq}`,
    ...knownLine(result),
  ];
  const found =
    comparison === null
      ? [
          result.bounds.length === 0
            ? 'There is no comparison on Pub/Sub, where messages have no offsets.'
            : `There is no comparison: the topic ${plan.compareWith} does not exist.`,
        ]
      : renderComparison(comparison);
  return `${[...done, '', ...found].join('\n')}\n`;
}

/** The same as one JSON document. */
export function replayToJson({ plan, bounds, ...rest }: ReplayResult): string {
  const { range, group, topics } = plan;
  const report = {
    range: { from: describePosition(range.from), to: describePosition(range.to), partitions: bounds },
    group,
    topics,
    ...rest,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function knownLine({ bounds }: ReplayResult): string[] {
  const known = bounds.reduce((sum, one) => sum + one.known, 0);
  return known === 0
    ? []
    : [`  ${known} were replayed by an earlier run; use another --group to replay them again`];
}

function renderComparison(comparison: Comparison): string[] {
  const { earlier, replayed, truth } = comparison;
  return [
    row('', 'earlier', 'replayed'),
    row('model', modelNames(earlier), modelNames(replayed)),
    row('predictions', String(earlier.predictions), String(replayed.predictions)),
    row('mean confidence', confidence(earlier), confidence(replayed)),
    ...(truth ? [row('accuracy', percent(truth.earlierAccuracy), percent(truth.replayedAccuracy))] : []),
    '',
    ...renderMix(earlier, replayed),
    '',
    ...renderAgreement(comparison),
    ...(truth ? ['', renderTruth(truth)] : []),
  ];
}

/** One line per class with predictions on either side. */
function renderMix(earlier: ComparedSide, replayed: ComparedSide): string[] {
  const names = Object.keys(earlier.classes).filter(
    (name) => (earlier.classes[name] ?? 0) + (replayed.classes[name] ?? 0) > 0,
  );
  return names.map((name) =>
    row(printable(name), String(earlier.classes[name] ?? 0), String(replayed.classes[name] ?? 0)),
  );
}

function renderAgreement({ compared, agreeing, changes, examples }: Comparison): string[] {
  if (compared === 0)
    return ['No message of the range has predictions from both models; there is nothing to compare.'];
  const lines = [`the same class in ${agreeing} of ${compared} (${percent(agreeing / compared)})`];
  for (const { from, to, messages } of changes.slice(0, MOST_CHANGES))
    lines.push(`  ${String(messages).padStart(7)}  ${printable(from)} → ${printable(to)}`);
  if (changes.length > MOST_CHANGES) lines.push(`  and ${changes.length - MOST_CHANGES} other changes`);
  if (examples.length === 0) return lines;
  lines.push('', 'changed predictions with the highest confidence:');
  for (const { sourceId, earlier, replayed, truth } of examples)
    lines.push(
      `  ${printable(sourceId)}  ${sure(earlier)} → ${sure(replayed)}${truth === undefined ? '' : `  truth: ${printable(truth)}`}`,
    );
  return lines;
}

function renderTruth(truth: TruthComparison): string {
  const { onlyEarlierRight, onlyReplayedRight, pValue, moreThanNoise, messages } = truth;
  const verdict = moreThanNoise
    ? `The difference is more than noise: ${onlyReplayedRight > onlyEarlierRight ? 'the replayed model' : 'the earlier model'} is better.`
    : 'The difference may be noise.';
  return (
    `Of ${messages} labelled messages, ${onlyEarlierRight} were right only before and ${onlyReplayedRight} only now ` +
    `(McNemar p = ${pValue < 0.0001 ? '< 0.0001' : pValue.toFixed(4)}).\n${verdict}`
  );
}

function modelNames({ models }: ComparedSide): string {
  return models.map(modelName).join(', ') || '-';
}

function modelName({ name, version, precision }: ModelCount): string {
  return `${printable(name)}@${version}${precision === 'int8' ? ' int8' : ''}`;
}

function confidence({ meanConfidence }: ComparedSide): string {
  return meanConfidence === null ? '-' : percent(meanConfidence);
}

function sure({ className, confidence: share }: { className: string; confidence: number }): string {
  return `${printable(className)} ${percent(share)}`;
}

function row(name: string, first: string, second: string): string {
  return `${name.padEnd(20)}${first.padStart(26)}${second.padStart(26)}`.trimEnd();
}
