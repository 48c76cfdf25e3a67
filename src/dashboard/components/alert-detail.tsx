import { useState } from 'preact/hooks';
import type { EventAnswer } from '../../http/schemas/events';
import { acknowledge, eventImageUrl, getAlert, getEvent } from '../api';
import { count, dateAndTime, percent } from '../format';
import { nameOf } from '../model';
import { measuredName } from '../drift';
import { operatorName } from '../operator';
import { route, setQuery } from '../route';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { CopyButton } from './copy-button';
import { Dialog } from './dialog';
import { Facts, type Fact } from './facts';
import { OperatorName } from './operator-name';

/** Drawer with one alert, by its number, or one event, by its id; both are in the address. */
export function AlertDetail({ onChange }: { onChange: () => void }) {
  const { alert, event } = route.value.query;
  const open = alert !== undefined || event !== undefined;
  return (
    <Dialog
      open={open}
      title={alert === undefined ? 'Event' : `Alert ${alert}`}
      class="drawer"
      onClose={() => open && setQuery({ alert: undefined, event: undefined })}
    >
      {open && <One key={`${alert} ${event}`} alert={alert} event={event} onChange={onChange} />}
    </Dialog>
  );
}

interface OneProps {
  readonly alert: string | undefined;
  readonly event: string | undefined;
  readonly onChange: () => void;
}

/** Polling interval while the derived images are computed, ms. */
const AGAIN_MS = 3_000;

function One({ alert, event = '', onChange }: OneProps) {
  const { data, problem, refresh } = useAnswer(
    () => (alert === undefined ? getEvent(event) : getAlert(alert)),
    `${alert} ${event}`,
    AGAIN_MS,
  );
  if (data === null) return <Alert text={problem} />;
  const changed = () => {
    refresh();
    onChange();
  };
  return (
    <>
      <p class="event-what">
        <span class={`tag is-${data.severity}`}>{data.severity}</span> {data.description}
      </p>
      <Images event={data} />
      {data.alert !== null && <Acknowledge number={data.alert} event={data} onDone={changed} />}
      <Facts facts={factsOf(data)} />
      <div class="row">
        <CopyButton text={JSON.stringify(data, null, 2)} label="Copy JSON" />
        {data.alert !== null && (
          <CopyButton text={`${location.origin}/alerts/${data.alert}`} label="Copy link" />
        )}
        {data.prediction !== undefined && (
          <a class="button small" href={`#/predictions?id=${encodeURIComponent(data.prediction.id)}`}>
            Prediction
          </a>
        )}
      </div>
    </>
  );
}

function Images({ event: { id, images, prediction } }: { event: EventAnswer }) {
  if (!images.image && !images.enlarged) return null;
  const className = prediction?.className ?? 'the prediction';
  return (
    <div class="event-images">
      {images.enlarged ? (
        <Figure
          src={eventImageUrl(id, 'enlarged')}
          text={`The image, classified as ${className}`}
          caption="Enlarged"
        />
      ) : (
        <Figure
          src={eventImageUrl(id, 'image')}
          text={`The image, classified as ${className}`}
          caption="Original"
        />
      )}
      {images.occlusion ? (
        <Figure
          src={eventImageUrl(id, 'occlusion')}
          text={`Occlusion map: warm colours mark the areas that support ${className} most`}
          caption="Occlusion map"
        />
      ) : (
        <p class="muted">The occlusion map will be computed when the workers are idle.</p>
      )}
    </div>
  );
}

function Figure({ src, text, caption }: { src: string; text: string; caption: string }) {
  return (
    <figure>
      <img class="pixels" src={src} alt={text} width={224} height={224} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

interface AcknowledgeProps {
  readonly number: number;
  readonly event: EventAnswer;
  readonly onDone: () => void;
}

function Acknowledge({ number, event: { acknowledged }, onDone }: AcknowledgeProps) {
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  if (acknowledged !== null) {
    const { at, by: who, note: said } = acknowledged;
    return (
      <p class="tag is-done event-seen">
        Acknowledged {dateAndTime(at)}
        {who !== '' && ` by ${who}`}
        {said !== '' && `: ${said}`}
      </p>
    );
  }
  const send = async (submitted: Event) => {
    submitted.preventDefault();
    setBusy(true);
    setProblem('');
    await acknowledge(number, operatorName.peek(), note).then(onDone, (error: Error) =>
      setProblem(error.message),
    );
    setBusy(false);
  };
  return (
    <form class="event-ack" onSubmit={(submitted) => void send(submitted)}>
      <OperatorName />
      <label class="field">
        <span>Note</span>
        <input value={note} maxLength={1000} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Acknowledging' : 'Acknowledge'}
      </button>
      <Alert text={problem} />
    </form>
  );
}

function factsOf(event: EventAnswer): readonly Fact[] {
  const { prediction, deadLetter, drift } = event;
  return [
    ['Rule', `${event.rule} (${event.kind})`],
    ['Raised', dateAndTime(event.at)],
    ['Matches', `${count(event.matches)}, latest ${dateAndTime(event.lastAt)}`],
    ...(prediction === undefined
      ? []
      : ([
          ['Prediction', prediction.id],
          ['Predicted', `${prediction.className}, ${percent(prediction.confidence, 1)}`],
          ['Actual', prediction.truth === undefined ? 'unlabelled' : nameOf(prediction.truth)],
          ['Model', `${prediction.model.name} v${prediction.model.version}`],
        ] as const)),
    ...(deadLetter === undefined
      ? []
      : ([['Dead letter', `${deadLetter.sourceId}: ${deadLetter.code}, ${deadLetter.message}`]] as const)),
    ...(drift === undefined
      ? []
      : ([
          [
            'Stability index',
            `${measuredName(drift.measure)} ${drift.index.toFixed(2)}, limit ${drift.limit.toFixed(2)}, over ${count(drift.samples)} predictions`,
          ],
        ] as const)),
    ['Event', event.id],
  ];
}
