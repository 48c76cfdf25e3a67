import { useEffect, useRef, useState } from 'preact/hooks';
import type { Prediction } from '../../core/prediction';
import type { ExplanationAnswer } from '../../http/schemas/explain';
import { explain, type ExplainedSubject } from '../api';
import { model, nameOf } from '../model';
import { Alert } from './alert';

interface ExplanationProps {
  /** Where the server finds the image. */
  readonly subject: ExplainedSubject;
  readonly prediction: Prediction;
}

type State =
  { readonly label: number; readonly answer: ExplanationAnswer | null } | { readonly problem: string } | null;

/**
 * "Why?": on request, an occlusion map of the predicted class, or of the true one after a mistake. Give it the key of its
 * prediction.
 */
export function Explanation({ subject, prediction: { label, truth, model: by } }: ExplanationProps) {
  const [state, setState] = useState<State>(null);
  const turn = useRef(0);
  useEffect(() => () => void turn.current++, []);
  if (model.value === null || model.value.output === 'boxes') return null;

  const ask = (wanted: number) => {
    // Answers to earlier requests may arrive after the latest one.
    const mine = ++turn.current;
    setState({ label: wanted, answer: null });
    explain(subject, wanted).then(
      (answer) => mine === turn.current && setState({ label: wanted, answer }),
      (error: Error) => mine === turn.current && setState({ problem: error.message }),
    );
  };
  const shown = state !== null && 'label' in state ? state : null;
  const busy = shown !== null && shown.answer === null;
  const button = (wanted: number, text: string) => (
    <button
      type="button"
      class="small"
      aria-pressed={shown?.label === wanted}
      aria-disabled={busy}
      onClick={() => !busy && ask(wanted)}
    >
      {text}
    </button>
  );
  return (
    <section class="explanation" aria-label="Why?">
      <div class="row">
        {button(label, `Why ${nameOf(label)}?`)}
        {truth !== undefined && truth !== label && button(truth, `What supports ${nameOf(truth)}?`)}
      </div>
      <div aria-live="polite">
        {busy && <Waiting />}
        {shown?.answer && <HeatMap answer={shown.answer} by={by} />}
      </div>
      {state !== null && 'problem' in state && <Alert text={state.problem} />}
    </section>
  );
}

/** The seconds are not spoken. */
function Waiting() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="muted">
      Covering one part of the image after the other…{' '}
      <span aria-hidden="true">{seconds > 0 && `${seconds} s, usually at most 10 s`}</span>
    </p>
  );
}

function HeatMap({ answer, by }: { answer: ExplanationAnswer; by: Prediction['model'] }) {
  const { heatMap, summary, model: asked } = answer;
  const other = asked.name !== by.name || asked.version !== by.version;
  return (
    <figure class="occlusion">
      <img class="pixels large is-photo" src={`data:image/png;base64,${heatMap}`} alt={summary} />
      <figcaption>
        <p>{summary}</p>
        <p class="heat-legend muted">
          matters little <i aria-hidden="true" /> most
        </p>
        {other && (
          <p class="muted">
            The map is by {asked.name} v{asked.version}, the prediction by {by.name} v{by.version}.
          </p>
        )}
      </figcaption>
    </figure>
  );
}
