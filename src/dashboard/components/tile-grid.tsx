import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { CLASS_NAMES } from '../../core/labels';
import { percent } from '../format';
import { setQuery } from '../route';
import { selected, type Shown } from '../state';
import { token } from '../theme';
import { anyTile, resizeTiles, tiles, type Tile as Place } from '../tiles';
import { Icon } from './icons';
import { Pixels } from './pixels';

const ROWS = 5;

/** Images as they are classified; each opens its details. */
export function TileGrid() {
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = grid.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => resizeTiles(ROWS * columns(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={grid} class={anyTile.value ? 'tiles' : 'tiles is-empty'}>
      {tiles.value.map((place, at) => (
        <Tile key={at} place={place} />
      ))}
    </div>
  );
}

/** As many as the style sheet's `auto-fill` makes. */
function columns(width: number): number {
  const tile = parseFloat(token('tile'));
  const gap = parseFloat(token('tile-gap'));
  return Math.max(1, Math.floor((width + gap) / (tile + gap)));
}

function Tile({ place }: { place: Signal<Place> }) {
  const { shown, turn } = place.value;
  if (shown === null) return <div class="tile is-vacant" aria-hidden="true" />;
  const { className, confidence, truth, correct } = shown.prediction;
  const wrong = correct === false;
  return (
    <button
      type="button"
      class={wrong ? 'tile is-wrong' : 'tile'}
      onClick={() => open(shown)}
      aria-label={spoken(shown)}
    >
      <span key={turn} class="tile-inner">
        {shown.pixels !== null && <Pixels pixels={shown.pixels} text="" />}
        <span class="tile-label">{className}</span>
        <span class="tile-sub">
          {percent(confidence)}
          {truth !== undefined && (
            <span class={wrong ? 'mark is-wrong' : 'mark is-right'}>
              <Icon name={wrong ? 'cross' : 'check'} />
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function open(shown: Shown): void {
  selected.value = shown;
  setQuery({ id: shown.prediction.id });
}

function spoken({ prediction: { className, confidence, truth, correct } }: Shown): string {
  const judged =
    truth === undefined
      ? ''
      : correct === true
        ? ', right'
        : `, wrong: it is ${CLASS_NAMES[truth] ?? 'something else'}`;
  return `${className}, ${percent(confidence)}${judged}. Details`;
}
