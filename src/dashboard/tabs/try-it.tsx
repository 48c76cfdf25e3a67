import { useRef, useState } from 'preact/hooks';
import { INVERT_MODES, type InvertMode } from '../../core/image';
import { classify } from '../api';
import { Alert } from '../components/alert';
import { DropZone, PasteButton } from '../components/drop-zone';
import { ExampleImages } from '../components/example-images';
import { Explanation } from '../components/explanation';
import { Framed } from '../components/framed';
import { Pixels } from '../components/pixels';
import { ProbabilityBars } from '../components/probability-bars';
import { Sketch } from '../components/sketch';
import { Verdict } from '../components/verdict';
import type { PictureSize } from '../../core/picture';
import { fileText, milliseconds } from '../format';
import { model } from '../model';
import { toShown, type Shown } from '../state';

interface Sent {
  readonly from: 'file' | 'drawing' | 'example';
  readonly image: Blob;
  /** Of a file. */
  readonly name: string;
}

interface Classified {
  readonly shown: Shown;
  readonly image: Blob;
  readonly invert: InvertMode | undefined;
  /** Different for each request. */
  readonly turn: number;
}

type Answer = Classified | { readonly problem: string } | null;

const INVERT_HINTS: Record<InvertMode, string> = {
  auto: 'Inverts bright backgrounds',
  always: 'Always inverts',
  never: 'Never inverts',
};

/** Classifies one image: dropped, pasted, chosen, drawn, or an example of the stream. */
export function TryIt() {
  const [sent, setSent] = useState<Sent | null>(null);
  const [chosen, setChosen] = useState<InvertMode>();
  const [answer, setAnswer] = useState<Answer>(null);
  const [refused, setRefused] = useState('');
  const asked = useRef(0);

  const ask = (one: Sent, chosenMode: InvertMode | undefined) => {
    // Answers to earlier requests may arrive after the latest one.
    const turn = ++asked.current;
    const show = (next: Answer) => turn === asked.current && setAnswer(next);
    const { image } = one;
    const invert = modeOf(one, chosenMode);
    setSent(one);
    setRefused('');
    classify(image, invert).then(
      (frame) => show({ shown: toShown(frame), image, invert, turn }),
      (error: Error) => show({ problem: error.message }),
    );
  };
  const take = (from: Sent['from']) => (image: Blob, name: string) => ask({ from, image, name }, chosen);
  const clear = () => {
    asked.current++;
    setSent(null);
    setAnswer(null);
  };

  return (
    <div class="halves try">
      <div class="stack">
        {isGrey() && (
          <section class="card stack" aria-labelledby="draw-title">
            <h2 id="draw-title">Draw</h2>
            <Sketch
              used={sent === null || sent.from === 'drawing'}
              onDrawn={(image) => take('drawing')(image, '')}
              onCleared={clear}
            />
          </section>
        )}
        <ExampleImages onChosen={(image) => take('example')(image, '')} />
        <section class="card stack" aria-labelledby="file-title">
          <h2 id="file-title">Upload an image</h2>
          <DropZone onFile={(file) => take('file')(file, file.name)} name={sent?.name ?? ''} />
          <div class="inline-fields">
            <PasteButton onImage={take('file')} onProblem={setRefused} />
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
                      if (sent?.from === 'file') ask(sent, mode);
                    }}
                  />
                  <span>{mode}</span>
                </label>
              ))}
            </fieldset>
          </div>
          <Alert text={refused} />
        </section>
      </div>
      <section class="card stack answer" aria-labelledby="answer-title" aria-live="polite">
        <h2 id="answer-title">Result</h2>
        <AnswerView answer={answer} />
      </section>
    </div>
  );
}

/** Drawings and images of the stream are bright on black already, like the training images. */
function modeOf({ from }: Sent, chosen: InvertMode | undefined): InvertMode | undefined {
  return from === 'file' ? chosen : 'never';
}

function AnswerView({ answer }: { answer: Answer }) {
  if (answer === null) {
    return (
      <div class="empty is-static">
        <p>
          <strong>No image yet</strong>
        </p>
        <p class="muted">
          {isGrey() ? 'Draw something, drop a photo' : 'Drop a photo'}, or choose an example. Its{' '}
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
  const { shown, image, invert, turn } = answer;
  const { prediction, picture } = shown;
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
      <Explanation key={turn} subject={{ image, invert }} prediction={prediction} />
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
