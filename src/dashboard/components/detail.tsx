import { useEffect, useState } from 'preact/hooks';
import { objectsText } from '../../core/found-objects';
import type { Prediction } from '../../core/prediction';
import { getPrediction, imageUrl } from '../api';
import { clock, count, fileText, milliseconds } from '../format';
import { route, setQuery } from '../route';
import { API } from '../served-model';
import { listed, selected, type AnsweredPrediction, type Shown } from '../state';
import { Alert } from './alert';
import { CopyButton } from './copy-button';
import { Dialog } from './dialog';
import { Explanation } from './explanation';
import { Facts, type Fact } from './facts';
import { Framed } from './framed';
import { HeaderList } from './header-list';
import { Pixels } from './pixels';
import { ProbabilityBars } from './probability-bars';
import { ServerImage } from './server-image';
import { Verdict } from './verdict';

/** Drawer with all facts of one prediction; its id is in the address. */
export function Detail() {
  const { id } = route.value.query;
  const problem = useFetched(id);
  const shown = selected.value?.prediction.id === id ? selected.value : fromList(id);
  const close = () => {
    selected.value = null;
    if (id !== undefined) setQuery({ id: undefined });
  };
  return (
    <Dialog
      open={id !== undefined}
      title="Prediction"
      class="drawer"
      onClose={close}
      tools={<Neighbours id={id} />}
    >
      {shown === null && <Alert text={problem} />}
      {shown !== null && <Everything shown={shown} />}
    </Dialog>
  );
}

/** The prediction as listed, until the server answers or if it no longer has it. */
function fromList(id: string | undefined): Shown | null {
  const prediction = listed.value.find((one) => one.id === id);
  return prediction === undefined ? null : { prediction, picture: null };
}

/** Fetches a prediction opened by a link; returns the error message. */
function useFetched(id: string | undefined): string {
  const [problem, setProblem] = useState('');
  useEffect(() => {
    setProblem('');
    if (id === undefined || selected.peek()?.prediction.id === id) return;
    let wanted = true;
    getPrediction(id).then(
      ({ headers, ...prediction }) => {
        if (wanted) selected.value = { prediction, picture: null, headers };
      },
      (error: Error) => wanted && setProblem(error.message),
    );
    return () => (wanted = false);
  }, [id]);
  return problem;
}

/** Buttons and arrow keys to step through the list behind the drawer. */
function Neighbours({ id }: { id: string | undefined }) {
  const at = listed.value.findIndex((prediction) => prediction.id === id);
  const newer = at < 0 ? undefined : listed.value[at - 1];
  const older = at < 0 ? undefined : listed.value[at + 1];
  useEffect(() => {
    if (at < 0) return;
    const step = (event: KeyboardEvent) => {
      const next = { ArrowLeft: newer, ArrowRight: older }[event.key];
      if (next !== undefined) setQuery({ id: next.id });
    };
    document.addEventListener('keydown', step);
    return () => document.removeEventListener('keydown', step);
  }, [at, newer, older]);
  if (at < 0) return null;
  return (
    <span class="steps">
      <Step to={newer} label="Newer" sign="‹" />
      <Step to={older} label="Older" sign="›" />
    </span>
  );
}

function Step({ to, label, sign }: { to: Prediction | undefined; label: string; sign: string }) {
  return (
    <button
      type="button"
      class="quiet"
      disabled={to === undefined}
      onClick={() => to !== undefined && setQuery({ id: to.id })}
      aria-label={label}
      title={label}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

function Everything({ shown: { prediction, picture, headers } }: { shown: Shown }) {
  return (
    <>
      <div class="detail-top">
        <Framed prediction={prediction} size={picture}>
          {picture === null ? (
            <ServerImage
              key={prediction.id}
              id={prediction.id}
              scale={8}
              text={altText(prediction)}
              class="large"
            />
          ) : (
            <Pixels picture={picture} text={altText(prediction)} class="large" />
          )}
        </Framed>
        <Verdict prediction={prediction} />
      </div>
      <Explanation key={prediction.id} subject={{ id: prediction.id }} prediction={prediction} />
      <ProbabilityBars prediction={prediction} />
      <div class="row">
        <CopyButton text={JSON.stringify(prediction, null, 2)} label="Copy JSON" />
        <CopyButton
          text={`curl '${location.origin}${API}/predictions/${quotable(prediction.id)}'`}
          label="Copy curl"
        />
        <a class="button small" href={imageUrl(prediction.id, 8)} target="_blank" rel="noreferrer">
          Image
        </a>
      </div>
      <Facts facts={factsOf(prediction)} />
      {headers !== undefined && <HeaderList headers={headers} />}
    </>
  );
}

function factsOf(prediction: AnsweredPrediction): readonly Fact[] {
  const { id, original, source, timing, model, predictedAt } = prediction;
  const place = [source.topic, source.partition, source.offset].filter((part) => part !== null).join(' / ');
  return [
    ['Id', id],
    ...(original === undefined ? [] : [['Original image', fileText(original)] as const]),
    ['Broker', source.broker],
    ['Topic / partition / offset', place],
    ['Key', source.key ?? 'none'],
    ['Message timestamp', clock(source.timestamp)],
    ['Predicted', clock(predictedAt)],
    ['Queue time', milliseconds(timing.queueMs)],
    ['Inference', `${milliseconds(timing.inferenceMs)} for a batch of ${count(timing.batchSize)}`],
    ['Arrival to prediction', milliseconds(timing.totalMs)],
    ['Model', `${model.name} v${model.version}, ${model.runtime}, ${model.precision}`],
  ];
}

function altText({ className, confidence, objects }: Prediction): string {
  if (objects !== undefined) return `Image with ${objectsText(objects)}`;
  return `Image, classified as ${className} with ${Math.round(confidence * 100)}% confidence`;
}

/** Safe within single quotes of a shell: encodeURIComponent does not encode apostrophes. */
function quotable(id: string): string {
  return encodeURIComponent(id).replaceAll("'", '%27');
}
