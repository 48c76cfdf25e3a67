import { useRef, useState } from 'preact/hooks';
import type { Prediction } from '../../core/prediction';
import { getImage, listPredictions } from '../api';
import { nameOf } from '../model';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { ServerImage } from './server-image';

/** Predictions to choose from. */
const LATEST = '84';
const SHOWN = 8;

/** The latest images of the stream as examples, of different classes if there are some. */
export function ExampleImages({ onChosen }: { onChosen: (image: Blob) => void }) {
  const { data, problem, refresh } = useAnswer(() => listPredictions({ limit: LATEST }), '');
  const [refused, setRefused] = useState('');
  const wanted = useRef('');
  const choose = (id: string) => {
    wanted.current = id;
    setRefused('');
    getImage(id).then(
      (image) => id === wanted.current && onChosen(image),
      (error: Error) => setRefused(error.message),
    );
  };
  return (
    <section class="card stack" aria-labelledby="examples-title">
      <div class="card-head">
        <h2 id="examples-title">Examples</h2>
        <button type="button" class="small" onClick={refresh}>
          Newer ones
        </button>
      </div>
      <Alert text={problem || refused} />
      {data?.predictions.length === 0 && (
        <p class="muted">The latest images of the stream appear here. There are none yet.</p>
      )}
      {data !== null && data.predictions.length > 0 && (
        <div class="examples">
          {differing(data.predictions).map(({ id, label, truth = label }, at) => (
            <button
              key={id}
              type="button"
              class="tile"
              aria-label={`Example ${at + 1}: ${nameOf(truth)}`}
              onClick={() => choose(id)}
            >
              <ServerImage id={id} scale={3} text="" />
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

/** The first of each class, then others. */
function differing(predictions: readonly Prediction[]): readonly Prediction[] {
  const seen = new Set<number>();
  const firsts = predictions.filter(({ label }) => !seen.has(label) && seen.add(label));
  const others = predictions.filter((one) => !firsts.includes(one));
  return [...firsts, ...others].slice(0, SHOWN);
}
