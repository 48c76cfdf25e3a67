import { useEffect, useRef, useState } from 'preact/hooks';
import { INVERT_MODES, type InvertMode } from '../../core/image';
import { classify } from '../api';
import { Framed } from '../components/framed';
import { Icon } from '../components/icons';
import { Pixels } from '../components/pixels';
import { ProbabilityBars } from '../components/probability-bars';
import { Sketch } from '../components/sketch';
import { Verdict } from '../components/verdict';
import type { PictureSize } from '../../core/picture';
import { count, fileText, milliseconds } from '../format';
import { model } from '../model';
import { toShown, type Shown } from '../state';

type Answer = { readonly shown: Shown } | { readonly problem: string } | null;
interface Sent {
  readonly image: Blob;
  readonly name: string;
}

const INVERT_HINTS: Record<InvertMode, string> = {
  auto: 'Inverts bright backgrounds',
  always: 'Always inverts',
  never: 'Never inverts',
};

/** Classifies one image: dropped, pasted, chosen or drawn. */
export function TryIt() {
  const [sent, setSent] = useState<Sent | null>(null);
  const [chosen, setChosen] = useState<InvertMode>();
  const [answer, setAnswer] = useState<Answer>(null);
  const asked = useRef(0);

  const ask = (image: Blob, mode?: InvertMode) => {
    // Answers to earlier requests may arrive after the latest one.
    const turn = ++asked.current;
    const show = (next: Answer) => turn === asked.current && setAnswer(next);
    classify(image, mode).then(
      (frame) => show({ shown: toShown(frame) }),
      (error: Error) => show({ problem: error.message }),
    );
  };
  const send = (image: Blob, name: string) => {
    setSent({ image, name });
    ask(image, chosen);
  };
  const clear = () => {
    asked.current++;
    setSent(null);
    setAnswer(null);
  };
  usePaste((file) => send(file, file.name || 'from the clipboard'));

  return (
    <div class="halves try">
      <div class="stack">
        {isGrey() && (
          <section class="card stack" aria-labelledby="draw-title">
            <h2 id="draw-title">Draw</h2>
            {/* White on black already, like the training images. */}
            <Sketch onDrawn={(image) => ask(image, 'never')} onCleared={clear} />
          </section>
        )}
        <section class="card stack" aria-labelledby="file-title">
          <h2 id="file-title">Upload an image</h2>
          <DropZone onFile={(file) => send(file, file.name)} name={sent?.name ?? ''} />
          <fieldset class="segments">
            <legend>Invert</legend>
            {INVERT_MODES.map((mode) => (
              <label key={mode} title={INVERT_HINTS[mode]}>
                <input
                  type="radio"
                  name="invert"
                  checked={(chosen ?? model.value?.invert ?? 'auto') === mode}
                  onChange={() => {
                    setChosen(mode);
                    if (sent !== null) ask(sent.image, mode);
                  }}
                />
                <span>{mode}</span>
              </label>
            ))}
          </fieldset>
        </section>
      </div>
      <section class="card stack answer" aria-labelledby="answer-title" aria-live="polite">
        <h2 id="answer-title">Result</h2>
        <AnswerView answer={answer} />
      </section>
    </div>
  );
}

function AnswerView({ answer }: { answer: Answer }) {
  if (answer === null) {
    return (
      <div class="empty is-static">
        <p>
          <strong>No image yet</strong>
        </p>
        <p class="muted">
          {isGrey() ? 'Draw something, or drop a photo.' : 'Drop a photo.'} Its{' '}
          {model.value === null ? '' : `${sizeText(model.value)} `}pixels and{' '}
          {model.value?.output === 'boxes' ? 'the objects in it' : 'the class probabilities'} appear here.
        </p>
      </div>
    );
  }
  if ('problem' in answer) {
    return (
      <p class="alert" role="alert">
        {answer.problem}
      </p>
    );
  }
  const { prediction, picture } = answer.shown;
  return (
    <>
      <div class="detail-top">
        {picture !== null && (
          <Framed prediction={prediction} size={picture}>
            <Pixels
              picture={picture}
              text={`The ${sizeText(picture)} image that the model sees`}
              class="large"
            />
          </Framed>
        )}
        <Verdict prediction={prediction} />
      </div>
      <ProbabilityBars prediction={prediction} />
      {prediction.original !== undefined && (
        <p class="muted">
          {fileText(prediction.original)}
          {picture !== null && `, seen as ${sizeText(picture)}`}
        </p>
      )}
      <p class="muted">
        {milliseconds(prediction.timing.totalMs)} total, {milliseconds(prediction.timing.inferenceMs)}{' '}
        inference; {prediction.model.name} v{prediction.model.version} on {prediction.model.runtime}{' '}
        {prediction.model.precision}.
      </p>
    </>
  );
}

/** A drawing has no colours. */
function isGrey(): boolean {
  return model.value?.channels !== 3;
}

function sizeText({ width, height }: PictureSize): string {
  return `${width}×${height}`;
}

function rawBytes(): string {
  if (model.value === null) return '';
  const { width, height, channels } = model.value;
  return ` or ${count(width * height * channels)} raw bytes`;
}

function DropZone({ onFile, name }: { onFile: (file: File) => void; name: string }) {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <label
      class={over ? 'drop is-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <input
        type="file"
        class="hidden"
        accept="image/png,image/jpeg,image/webp,application/json,.bin,.raw"
        onChange={(event) => {
          take(event.currentTarget.files);
          // Allows choosing the same file again after a change.
          event.currentTarget.value = '';
        }}
      />
      <Icon name="upload" />
      <span>{name === '' ? 'Drop, paste or choose an image' : name}</span>
      <small>PNG, JPEG, WebP, JSON{rawBytes()}</small>
    </label>
  );
}

function usePaste(onFile: (file: File) => void): void {
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0];
      if (file !== undefined) latest.current(file);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
}
