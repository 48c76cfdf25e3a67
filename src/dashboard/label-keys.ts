import { isTaken } from './keys';

/** Keys of the classes, in order: digits, then letters without another meaning. */
const CLASS_KEYS = '0123456789abcdefghijklmnoqrsvwxyz';

export interface LabelActions {
  readonly give: (label: number) => void;
  readonly move: (step: number) => void;
  readonly undo: () => void;
}

/** Key of a class; undefined where there are too many classes. */
export function keyOf(label: number): string | undefined {
  return CLASS_KEYS[label];
}

/**
 * Handles the keys of the queue before those of the page, whose digits choose tabs. Returns the function that stops it.
 *
 * @param classes number of classes
 */
export function followLabelKeys(actions: () => LabelActions, classes: () => number): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken(event.target)) return;
    if (isInTabs(event)) return;
    if (document.querySelector('dialog[open]') !== null || !act(event.key, actions(), classes())) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('keydown', onKey, { capture: true });
  return () => document.removeEventListener('keydown', onKey, { capture: true });
}

function act(key: string, { give, move, undo }: LabelActions, classes: number): boolean {
  const label = key.length === 1 ? CLASS_KEYS.indexOf(key.toLowerCase()) : -1;
  if (label >= 0 && label < classes) give(label);
  else if (key === 'ArrowRight') move(1);
  else if (key === 'ArrowLeft') move(-1);
  else if (key === 'u' || key === 'Backspace') undo();
  else return false;
  return true;
}

/** Arrows move between tabs for somebody who came to the tabs by keyboard: otherwise there would be no way out. */
function isInTabs({ key, target }: KeyboardEvent): boolean {
  return key.startsWith('Arrow') && target instanceof Element && target.closest('[role=tablist]') !== null;
}
