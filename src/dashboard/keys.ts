import { goTo, route, TABS } from './route';
import { shortcutsOpen, togglePause } from './state';
import { nextTheme } from './theme';

export const SHORTCUTS = [
  ...TABS.map(({ title }, at) => ({ keys: String((at + 1) % 10), does: `${title} tab` })),
  { keys: '/', does: 'Search predictions by id' },
  { keys: 'p', does: 'Pause or resume' },
  { keys: 't', does: 'Switch theme' },
  { keys: 'Ctrl V', does: 'Paste an image (Try it)' },
  { keys: '?', does: 'Show shortcuts' },
  { keys: 'Esc', does: 'Close' },
] as const;

/** Handles keys without modifiers, except in text fields and dialogs. */
export function followKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken(event.target)) return;
    if (act(event.key)) event.preventDefault();
  });
}

function act(key: string): boolean {
  // The tenth tab has the key 0.
  const tab = /^[0-9]$/.test(key) ? TABS[(Number(key) + 9) % 10] : undefined;
  if (tab !== undefined) goTo(tab.id);
  else if (key === '/') search();
  else if (key === 'p') togglePause();
  else if (key === 't') nextTheme();
  else if (key === '?') shortcutsOpen.value = true;
  else return false;
  return true;
}

/** Focuses the search field once its tab is rendered. */
function search(): void {
  if (route.peek().tab !== 'predictions') goTo('predictions');
  requestAnimationFrame(() => setTimeout(() => document.getElementById('search')?.focus()));
}

export function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type=checkbox]):not([type=radio]), select, textarea, dialog') !== null
  );
}
