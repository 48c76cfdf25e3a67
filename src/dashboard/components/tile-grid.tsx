import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { takesPhotos } from '../model';
import { setQuery } from '../route';
import { selected, type Shown } from '../state';
import { token } from '../theme';
import { anyTile, resizeTiles, tiles, type Tile as Place } from '../tiles';
import { ImageTile } from './image-tile';
import { Pixels } from './pixels';

const ROWS = 5;

/** Live grid of classified images; each opens its details. */
export function TileGrid() {
  const grid = useRef<HTMLDivElement>(null);
  const photos = takesPhotos.value;
  useEffect(() => {
    const element = grid.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => resizeTiles(ROWS * columns(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [photos]);
  return (
    <div ref={grid} class={anyTile.value ? 'tiles' : 'tiles is-empty'}>
      {tiles.value.map((place, at) => (
        <Tile key={at} place={place} />
      ))}
    </div>
  );
}

/** Same number as `auto-fill` of the style sheet. */
function columns(width: number): number {
  const tile = parseFloat(token('tile'));
  const gap = parseFloat(token('tile-gap'));
  return Math.max(1, Math.floor((width + gap) / (tile + gap)));
}

function Tile({ place }: { place: Signal<Place> }) {
  const { shown, turn } = place.value;
  if (shown === null) return <div class="tile is-vacant" aria-hidden="true" />;
  return (
    <ImageTile prediction={shown.prediction} turn={turn} size={shown.picture} onOpen={() => open(shown)}>
      {shown.picture !== null && <Pixels picture={shown.picture} text="" />}
    </ImageTile>
  );
}

function open(shown: Shown): void {
  selected.value = shown;
  setQuery({ id: shown.prediction.id });
}
