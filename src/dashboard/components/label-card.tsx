import { useEffect, useRef } from 'preact/hooks';
import type { LabelKind } from '../api';
import { percent } from '../format';
import { followLabelKeys, keyOf } from '../label-keys';
import type { LabelQueue, QueuedImage } from '../use-label-queue';
import { Alert } from './alert';
import { ServerImage } from './server-image';

interface LabelCardProps {
  readonly queue: LabelQueue;
  readonly kind: LabelKind;
  readonly onKind: (kind: LabelKind) => void;
}

const KINDS: Readonly<Record<LabelKind, string>> = {
  all: 'All',
  uncertain: 'Least certain',
  disagreement: 'Disagreements',
};
/** Thumbnails of the queue. */
const SHOWN = 10;

/** The image to label, its classes with their keys, and the images that follow. */
export function LabelCard({ queue, kind, onKind }: LabelCardProps) {
  const { current, classes, latest } = queue;
  const now = useRef(queue);
  now.current = queue;
  useEffect(() => {
    leaveClickedTab();
    return followLabelKeys(
      () => now.current,
      () => now.current.classes.length,
    );
  }, []);
  return (
    <section class="card label-card" aria-labelledby="label-title">
      <div class="card-head">
        <h2 id="label-title">Which class is it?</h2>
        <label>
          <span class="hidden">Images</span>
          <select
            class="input is-small"
            value={kind}
            onChange={({ currentTarget }) => onKind(currentTarget.value as LabelKind)}
          >
            {Object.entries(KINDS).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Alert text={queue.problem} />
      {current === undefined ? (
        <p class="muted">{queue.loading ? 'Loading images.' : 'No image waits for a label.'}</p>
      ) : (
        <Current image={current} classes={classes} onGive={queue.give} />
      )}
      <Waiting queue={queue} />
      <div class="inline-fields label-actions">
        <button type="button" class="small" disabled={latest === undefined} onClick={queue.undo}>
          Undo <kbd>u</kbd>
        </button>
        <span class="muted" role="status">
          {latest !== undefined && `${latest.image.id}: ${latest.className}`}
        </span>
      </div>
      <p class="muted">
        Keys: the one next to a class labels the image, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>u</kbd> undoes.
      </p>
    </section>
  );
}

interface CurrentProps {
  readonly image: QueuedImage;
  readonly classes: readonly string[];
  readonly onGive: (label: number) => void;
}

function Current({ image, classes, onGive }: CurrentProps) {
  const { id, predicted, other } = image;
  return (
    <div class="label-current">
      <figure class="label-image">
        <ServerImage key={id} id={id} scale={10} class="large" text={`Image ${id}`} />
        <figcaption>
          <Opinion of={predicted} />
          {other !== undefined && <Opinion of={other} />}
          <span class="muted">{id}</span>
        </figcaption>
      </figure>
      <ul class="label-classes" aria-label="Classes">
        {classes.map((name, label) => (
          <li key={name}>
            <button
              type="button"
              class={`label-class${label === predicted.label ? ' is-predicted' : ''}`}
              aria-keyshortcuts={keyOf(label)}
              onClick={() => onGive(label)}
            >
              {keyOf(label) !== undefined && <kbd aria-hidden="true">{keyOf(label)}</kbd>}
              <span>{name}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Opinion({ of: { className, confidence, model } }: { of: QueuedImage['predicted'] }) {
  return (
    <span>
      Version {model.version}: <b>{className}</b>, {percent(confidence)}
    </span>
  );
}

function Waiting({ queue: { images, current, choose } }: { queue: LabelQueue }) {
  if (images.length < 2) return null;
  const at = Math.max(
    0,
    images.findIndex(({ id }) => id === current?.id),
  );
  const from = Math.max(0, Math.min(at - 2, images.length - SHOWN));
  return (
    <ul class="label-waiting" aria-label="Images in the queue">
      {images.slice(from, from + SHOWN).map(({ id, predicted }) => (
        <li key={id}>
          <button
            type="button"
            class="label-thumbnail"
            aria-current={id === current?.id ? 'true' : undefined}
            aria-label={`${id}: ${predicted.className}, ${percent(predicted.confidence)}`}
            onClick={() => choose(id)}
          >
            <ServerImage id={id} scale={2} text="" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** After a click on the tab, arrows are for the queue. */
function leaveClickedTab(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement.matches('[role=tab]:not(:focus-visible)'))
    activeElement.blur();
}
