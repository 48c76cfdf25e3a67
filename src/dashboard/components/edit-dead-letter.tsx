import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterDetail } from '../../http/schemas/dead-letters';
import type { Prediction } from '../../core/prediction';
import { classify, redriveEdited } from '../api';
import { applyEdit, decodeImage, isEdited, NO_EDIT, toBase64, type ImageEdit } from '../edit-image';
import { about, fromBase64 } from '../state';
import { Alert } from './alert';
import { Verdict } from './verdict';

const SIDES = ['left', 'top', 'right', 'bottom'] as const;
/** Largest part of an image that one side may be cut by, percent. */
const MOST_CROPPED = 45;

interface EditProps {
  readonly deadLetter: DeadLetterDetail;
  readonly onDone: () => void;
}

/** Changes the content type, the headers and the image of an original, and publishes the result. */
export function EditDeadLetter({ deadLetter, onDone }: EditProps) {
  const [edit, setEdit] = useState<ImageEdit>(NO_EDIT);
  const [type, setType] = useState(headerOf(deadLetter, 'content-type'));
  const [headers, setHeaders] = useState(textOf(deadLetter));
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState('');
  const image = useDecoded(deadLetter);
  const { blob, verdict, problem } = usePreview(deadLetter, image, edit, type);

  const send = async (submitted: Event) => {
    submitted.preventDefault();
    if (blob === null) return;
    setBusy(true);
    setRefused('');
    const sent = {
      value: await toBase64(blob),
      headers: headersFrom(headers, isEdited(edit) ? 'image/png' : type),
    };
    await redriveEdited(deadLetter.id, { ...sent, force: true }).then(onDone, (error: Error) =>
      setRefused(error.message),
    );
    setBusy(false);
  };
  return (
    <form class="stack edit" onSubmit={(submitted) => void send(submitted)}>
      {image !== null && <ImageFields edit={edit} onChange={setEdit} />}
      <label class="field">
        <span>Content type</span>
        <input
          value={isEdited(edit) ? 'image/png' : type}
          disabled={isEdited(edit)}
          placeholder="detected from the bytes"
          onInput={({ currentTarget }) => setType(currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>
          Other headers <small>name: value, one on each line</small>
        </span>
        <textarea rows={3} value={headers} onInput={({ currentTarget }) => setHeaders(currentTarget.value)} />
      </label>
      <div class="edit-preview" aria-live="polite">
        {blob !== null && isEdited(edit) && <Preview blob={blob} />}
        {verdict !== null && <Verdict prediction={verdict} />}
        {problem !== '' && <p class="muted">No verdict: {problem}</p>}
        {verdict === null && problem === '' && <p class="muted">Classifying the preview…</p>}
      </div>
      <Alert text={refused} />
      <button
        type="submit"
        class={verdict === null ? '' : 'primary'}
        disabled={busy || (verdict === null && problem === '')}
      >
        {busy ? 'Publishing' : `Redrive edited to ${about.value?.topics.input ?? 'the input topic'}`}
      </button>
    </form>
  );
}

function ImageFields({ edit, onChange }: { edit: ImageEdit; onChange: (edit: ImageEdit) => void }) {
  return (
    <>
      <div class="row">
        <button
          type="button"
          class="small"
          onClick={() => onChange({ ...edit, turns: (edit.turns + 1) % 4 })}
        >
          Rotate <small>{edit.turns * 90}°</small>
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={edit.invert}
            onChange={({ currentTarget }) => onChange({ ...edit, invert: currentTarget.checked })}
          />
          <span>Invert</span>
        </label>
      </div>
      <fieldset class="edit-crop">
        <legend>Crop, % of each side</legend>
        {SIDES.map((side) => (
          <label key={side} class="field">
            <span>{side}</span>
            <input
              type="number"
              inputMode="numeric"
              min={0}
              max={MOST_CROPPED}
              value={edit[side]}
              onInput={({ currentTarget: { value } }) =>
                onChange({ ...edit, [side]: Math.min(MOST_CROPPED, Math.max(0, Number(value) || 0)) })
              }
            />
          </label>
        ))}
      </fieldset>
    </>
  );
}

function Preview({ blob }: { blob: Blob }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url === '' ? null : <img class="pixels" src={url} alt="The edited image" />;
}

/** The image of a dead letter; null if the browser cannot read one. */
function useDecoded(deadLetter: DeadLetterDetail): ImageBitmap | null {
  const [image, setImage] = useState<ImageBitmap | null>(null);
  useEffect(() => {
    let wanted = true;
    void decodeImage(fromBase64(deadLetter.value)).then((decoded) => wanted && setImage(decoded));
    return () => void (wanted = false);
  }, [deadLetter.value]);
  return image;
}

interface PreviewState {
  /** The new value; null until it is ready. */
  readonly blob: Blob | null;
  readonly verdict: Prediction | null;
  readonly problem: string;
}

const WAITING: PreviewState = { blob: null, verdict: null, problem: '' };
/** Debounce while numbers are typed, ms. */
const REST_MS = 200;

/** Classifies the edited image as the stream would; a late answer to an earlier edit is dropped. */
function usePreview(
  { value }: DeadLetterDetail,
  image: ImageBitmap | null,
  edit: ImageEdit,
  type: string,
): PreviewState {
  const [state, setState] = useState(WAITING);
  useEffect(() => {
    let wanted = true;
    const show = (next: PreviewState) => wanted && setState(next);
    setState(WAITING);
    const ask = async () => {
      const edited = image !== null && isEdited(edit);
      const blob = edited ? await applyEdit(image, edit) : new Blob([fromBase64(value)], { type });
      await classify(blob).then(
        (verdict) => show({ blob, verdict, problem: '' }),
        (error: Error) => show({ blob, verdict: null, problem: error.message }),
      );
    };
    const timer = setTimeout(() => void ask(), REST_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [value, image, edit, type]);
  return state;
}

function headerOf({ headers }: DeadLetterDetail, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}

function textOf({ headers }: DeadLetterDetail): string {
  const others = headers.filter(([name]) => name.toLowerCase() !== 'content-type');
  return others.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function headersFrom(text: string, type: string): [string, string][] {
  const others = text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value = ''] = /^\s*([^:\s][^:]*?)\s*:\s*(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  return type.trim() === '' ? others : [['content-type', type.trim()], ...others];
}
