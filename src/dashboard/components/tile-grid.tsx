import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
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
  /** One tab stop for the whole grid. */
  const [stop, setStop] = useState(0);
  const move = (event: KeyboardEvent) => {
    const buttons = buttonsIn(grid.current) as HTMLElement[];
    const step = stepOf(event.key, columns(grid.current?.clientWidth ?? 0));
    if (step === 0) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, stop + step))]?.focus();
  };
  return (
    <div
      ref={grid}
      class={anyTile.value ? 'tiles' : 'tiles is-empty'}
      role="toolbar"
      aria-label="Classified images; arrow keys move"
      onKeyDown={move}
      onFocusIn={({ target }) => setStop(Math.max(0, buttonsIn(grid.current).indexOf(target as Element)))}
    >
      {tiles.value.map((place, at) => (
        <Tile key={at} place={place} tabIndex={at === stop ? 0 : -1} />
      ))}
    </div>
  );
}

/** Steps of the keys, in tiles; `row` is the number of tiles in a row. */
function stepOf(key: string, row: number): number {
  return (
    { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -Infinity, End: Infinity }[key] ?? 0
  );
}

function buttonsIn(grid: Element | null): Element[] {
  return [...(grid?.querySelectorAll('button.tile') ?? [])];
}

/** Same number as `auto-fill` of the style sheet. */
function columns(width: number): number {
  const tile = parseFloat(token('tile'));
  const gap = parseFloat(token('tile-gap'));
  return Math.max(1, Math.floor((width + gap) / (tile + gap)));
}

function Tile({ place, tabIndex }: { place: Signal<Place>; tabIndex: number }) {
  const { shown, turn } = place.value;
  if (shown === null) return <div class="tile is-vacant" aria-hidden="true" />;
  return (
    <ImageTile
      prediction={shown.prediction}
      turn={turn}
      size={shown.picture}
      tabIndex={tabIndex}
      onOpen={() => open(shown)}
    >
      {shown.picture !== null && <Pixels picture={shown.picture} text="" />}
    </ImageTile>
  );
}

function open(shown: Shown): void {
  selected.value = shown;
  setQuery({ id: shown.prediction.id });
}
