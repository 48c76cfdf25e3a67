import type { ConfusionAnswer } from '../../http/schemas/quality';
import { getConfusion, getDrift, getHistory } from '../api';
import { macroF1 } from '../../core/f1';
import { calibrationError, worstMistake } from '../calibration';
import { AccuracyHistory } from '../components/accuracy-history';
import { Alert } from '../components/alert';
import { ClassQualityTable } from '../components/class-quality-table';
import { ConfidenceHistogram } from '../components/confidence-histogram';
import { ConfusedPairs } from '../components/confused-pairs';
import { ConfusionMatrix } from '../components/confusion-matrix';
import { DriftCard } from '../components/drift-card';
import { Figure } from '../components/figures';
import { ReliabilityDiagram } from '../components/reliability-diagram';
import { percent, shortCount } from '../format';
import { hashOf, route, setQuery } from '../route';
import { useAnswer } from '../use-answer';

/** A larger matrix cannot be read. */
const MOST_IN_MATRIX = 20;

const CONFUSION_MS = 2_000;
const DRIFT_MS = 5_000;
const HISTORY_MS = 10_000;
const MINUTES = 60;

/** Quality of the model, measured on labelled images. */
export function Quality() {
  const confusion = useAnswer(getConfusion, '', CONFUSION_MS);
  const history = useAnswer(() => getHistory(MINUTES), '', HISTORY_MS);
  const drift = useAnswer(getDrift, '', DRIFT_MS);
  const { data } = confusion;
  return (
    <div class="view">
      <Alert text={confusion.problem} />
      {data !== null && (
        <>
          <Summary confusion={data} />
          <div class="quality-main">
            <section class="card" aria-labelledby="matrix-title">
              <div class="card-head">
                <h2 id="matrix-title">
                  {data.classes.length <= MOST_IN_MATRIX ? 'Confusion matrix' : 'Most confused classes'}
                </h2>
                {data.classes.length <= MOST_IN_MATRIX && <ShareSwitch />}
              </div>
              {data.classes.length <= MOST_IN_MATRIX ? (
                <ConfusionMatrix confusion={data} shares={route.value.query.show === 'shares'} />
              ) : (
                <ConfusedPairs confusion={data} />
              )}
              {data.judged === 0 && (
                <p class="muted">
                  No labelled images yet. The Publish tab and the demo publish images with labels.
                </p>
              )}
            </section>
            <section class="card" aria-labelledby="per-class-title">
              <h2 id="per-class-title">
                {data.perClass.length <= MOST_IN_MATRIX ? 'By class' : 'Worst classes'}
              </h2>
              <ClassQualityTable classes={worstOf(data.perClass)} />
            </section>
          </div>
          <section class="card" aria-labelledby="drift-title">
            <h2 id="drift-title">Drift vs. baseline</h2>
            <Alert text={drift.problem} />
            {drift.data !== null && <DriftCard drift={drift.data} />}
          </section>
          <div class="trio">
            <section class="card" aria-labelledby="histogram-title">
              <h2 id="histogram-title">Confidence</h2>
              <ConfidenceHistogram bins={data.confidence} />
            </section>
            <section class="card" aria-labelledby="reliability-title">
              <h2 id="reliability-title">Calibration</h2>
              <ReliabilityDiagram bins={data.confidence} baseline={drift.data?.baseline ?? null} />
            </section>
            <section class="card" aria-labelledby="history-title">
              <h2 id="history-title">Last hour</h2>
              <Alert text={history.problem} />
              {history.data !== null && <AccuracyHistory minutes={history.data.minutes} />}
            </section>
          </div>
        </>
      )}
    </div>
  );
}

/** Lowest F1 first, where there are too many classes to list. */
function worstOf(classes: ConfusionAnswer['perClass']): ConfusionAnswer['perClass'] {
  if (classes.length <= MOST_IN_MATRIX) return classes;
  return [...classes].sort((a, b) => (a.f1 ?? 1) - (b.f1 ?? 1)).slice(0, MOST_IN_MATRIX);
}

function Summary({ confusion }: { confusion: ConfusionAnswer }) {
  const { judged, correct, classes } = confusion;
  const f1 = macroF1(confusion.perClass);
  const gap = calibrationError(confusion.confidence);
  const worst = worstMistake(confusion);
  return (
    <dl class="figures is-four">
      <Figure name="Accuracy" note={`${shortCount(correct)} of ${shortCount(judged)} labelled`}>
        {judged === 0 ? '–' : percent(correct / judged, 2)}
      </Figure>
      <Figure name="Macro F1" note="mean over the classes">
        {f1 === null ? '–' : percent(f1, 2)}
      </Figure>
      <Figure name="Calibration error" note="confidence vs. accuracy">
        {gap === null ? '–' : percent(gap, 1)}
      </Figure>
      <Figure
        name="Top confusion"
        note={
          worst === null ? 'no errors yet' : `predicted ${classes[worst.label]}, ${shortCount(worst.count)}×`
        }
      >
        {worst === null ? (
          '–'
        ) : (
          <a
            class="figure-link"
            href={hashOf('predictions', { truth: String(worst.truth), label: String(worst.label) })}
          >
            {classes[worst.truth]}
          </a>
        )}
      </Figure>
    </dl>
  );
}

function ShareSwitch() {
  const shares = route.value.query.show === 'shares';
  return (
    <fieldset class="segments is-small">
      <legend class="hidden">Cells show</legend>
      {[false, true].map((value) => (
        <label key={String(value)}>
          <input
            type="radio"
            name="show"
            checked={shares === value}
            onChange={() => setQuery({ show: value ? 'shares' : undefined })}
          />
          <span>{value ? '% of actual' : 'Images'}</span>
        </label>
      ))}
    </fieldset>
  );
}
