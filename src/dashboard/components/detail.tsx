import { useEffect, useState } from 'preact/hooks';
import type { Prediction } from '../../core/prediction';
import { getPrediction, imageUrl } from '../api';
import { count, milliseconds } from '../format';
import { route, setQuery } from '../route';
import { selected } from '../state';
import { CopyButton } from './copy-button';
import { Dialog } from './dialog';
import { Pixels } from './pixels';
import { ProbabilityBars } from './probability-bars';
import { Verdict } from './verdict';

/** One prediction with everything known about it. Its id is in the address. */
export function Detail() {
  const { id } = route.value.query;
  const problem = useFetched(id);
  const shown = selected.value?.prediction.id === id ? selected.value : null;
  const close = () => {
    selected.value = null;
    if (id !== undefined) setQuery({ id: undefined });
  };
  return (
    <Dialog open={id !== undefined} title="Prediction" class="drawer" onClose={close}>
      {problem !== '' && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {shown !== null && (
        <>
          <div class="detail-top">
            {shown.pixels === null ? (
              <img
                class="pixels large"
                src={imageUrl(shown.prediction.id, 8)}
                alt={altText(shown.prediction)}
              />
            ) : (
              <Pixels pixels={shown.pixels} text={altText(shown.prediction)} class="large" />
            )}
            <Verdict prediction={shown.prediction} />
          </div>
          <ProbabilityBars prediction={shown.prediction} />
          <div class="row">
            <CopyButton text={JSON.stringify(shown.prediction, null, 2)} label="Copy JSON" />
            <CopyButton
              text={`curl '${location.origin}/api/v1/predictions/${encodeURIComponent(shown.prediction.id)}'`}
              label="Copy curl"
            />
            <a class="button small" href={imageUrl(shown.prediction.id, 8)} target="_blank" rel="noreferrer">
              Image
            </a>
          </div>
          <Facts prediction={shown.prediction} />
        </>
      )}
    </Dialog>
  );
}

/** Gets a prediction that came with a link instead of a click; says what went wrong. */
function useFetched(id: string | undefined): string {
  const [problem, setProblem] = useState('');
  useEffect(() => {
    setProblem('');
    if (id === undefined || selected.peek()?.prediction.id === id) return;
    getPrediction(id).then(
      (prediction) => (selected.value = { prediction, pixels: null }),
      (error: Error) => setProblem(error.message),
    );
  }, [id]);
  return problem;
}

function Facts({ prediction }: { prediction: Prediction }) {
  const { source, timing, model } = prediction;
  const place = [source.topic, source.partition, source.offset].filter((part) => part !== null).join(' / ');
  const facts: readonly (readonly [string, string])[] = [
    ['Id', prediction.id],
    ['Broker', source.broker],
    ['Topic / partition / offset', place],
    ['Key', source.key ?? 'none'],
    ['Message made', clock(source.timestamp)],
    ['Predicted', clock(prediction.predictedAt)],
    ['Waited in queue', milliseconds(timing.queueMs)],
    ['Inference', `${milliseconds(timing.inferenceMs)} for a batch of ${count(timing.batchSize)}`],
    ['Arrival to prediction', milliseconds(timing.totalMs)],
    ['Model', `${model.name} v${model.version}, ${model.runtime}, ${model.precision}`],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleTimeString('en-GB', { hour12: false }) +
        `.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function altText({ className, confidence }: Prediction): string {
  return `28×28 image, classified as ${className} with ${Math.round(confidence * 100)} per cent`;
}
