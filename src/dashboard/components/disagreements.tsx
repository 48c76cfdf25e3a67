import type { Disagreement, Opinion, RolloutState } from '../../core/model-version';
import { count, percent } from '../format';
import { nameOf } from '../model';
import { setQuery } from '../route';
import { ServerImage } from './server-image';

const SHOWN = 8;

/** Images that both versions label differently, each with the two opinions. */
export function Disagreements({ rollout: { latest, disagreed } }: { rollout: RolloutState }) {
  const shown = latest.slice(0, SHOWN);
  return (
    <section class="card" aria-labelledby="disagreements-title">
      <h2 id="disagreements-title">Disagreements</h2>
      {shown.length === 0 ? (
        <p class="muted">None so far.</p>
      ) : (
        <>
          <ul class="disagreements">
            {shown.map((one) => (
              <li key={one.id}>
                <Pair one={one} />
              </li>
            ))}
          </ul>
          <p class="muted">
            The latest {shown.length} of {count(disagreed)}.
          </p>
        </>
      )}
    </section>
  );
}

function Pair({ one }: { one: Disagreement }) {
  const { id, truth, serving, shadow } = one;
  const actual = truth === undefined ? '' : `; actual: ${nameOf(truth)}`;
  return (
    <button
      type="button"
      class="opinions"
      aria-label={`${id}: ${spoken(serving)}, ${spoken(shadow)}${actual}. Details`}
      onClick={() => setQuery({ id })}
    >
      <ServerImage id={id} scale={4} text="" />
      <Side opinion={serving} truth={truth} />
      <Side opinion={shadow} truth={truth} />
    </button>
  );
}

function Side({ opinion, truth }: { opinion: Opinion; truth: number | undefined }) {
  const { model, label, className, confidence } = opinion;
  const judged = truth === undefined ? '' : truth === label ? ' is-right' : ' is-wrong';
  return (
    <span class="opinion">
      <span class={`opinion-label${judged === '' ? '' : ` mark${judged}`}`}>{className}</span>
      <span class="muted">
        v{model.version}, {percent(confidence)}
      </span>
    </span>
  );
}

function spoken({ model, className, confidence }: Opinion): string {
  return `version ${model.version} says ${className} with ${percent(confidence)}`;
}
