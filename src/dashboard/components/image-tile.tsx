import type { ComponentChildren } from 'preact';
import { objectsText } from '../../core/found-objects';
import type { Prediction } from '../../core/prediction';
import { percent } from '../format';
import { nameOf } from '../model';
import { Framed } from './framed';
import { Icon } from './icons';

interface ImageTileProps {
  readonly prediction: Prediction;
  /** Changes with each new image in this place, which restarts the animation. */
  readonly turn?: number;
  /** Of the image; that of the active model's input if absent. */
  readonly size?: { readonly width: number; readonly height: number } | null;
  /** −1 in a grid with one tab stop. */
  readonly tabIndex?: number;
  readonly onOpen: () => void;
  /** The image. */
  readonly children: ComponentChildren;
}

/** A classified image with its predicted class; opens its details. */
export function ImageTile({ prediction, turn, size, tabIndex, onOpen, children }: ImageTileProps) {
  const { className, confidence, truth, correct } = prediction;
  const wrong = correct === false;
  return (
    <button
      type="button"
      class={wrong ? 'tile is-wrong' : 'tile'}
      tabIndex={tabIndex}
      onClick={onOpen}
      aria-label={spoken(prediction)}
    >
      <span key={turn} class="tile-inner">
        <Framed prediction={prediction} size={size ?? null}>
          {children}
        </Framed>
        {wrong && truth !== undefined ? (
          <Mistake truth={nameOf(truth)} label={className} confidence={confidence} />
        ) : (
          <>
            <span class="tile-label">{className}</span>
            <span class="tile-sub">
              {percent(confidence)}
              {truth !== undefined && (
                <span class="mark is-right">
                  <Icon name="check" />
                </span>
              )}
            </span>
          </>
        )}
      </span>
    </button>
  );
}

/** `Sandal → Sneaker`: the true class in the first line, the predicted one below it. */
function Mistake({ truth, label, confidence }: { truth: string; label: string; confidence: number }) {
  return (
    <span title={`${truth} → ${label}`}>
      <span class="tile-label is-truth">{truth} →</span>
      <span class="tile-sub">
        <b>{label}</b> {percent(confidence)}
      </span>
    </span>
  );
}

function spoken({ className, confidence, truth, correct, objects }: Prediction): string {
  const judged =
    truth === undefined ? '' : correct === true ? ', correct' : `, incorrect, actual: ${nameOf(truth)}`;
  const found = objects === undefined || objects.length === 0 ? '' : `; objects: ${objectsText(objects)}`;
  return `${className}, ${percent(confidence)}${judged}${found}. Details`;
}
