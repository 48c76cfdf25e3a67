import { effect, signal } from '@preact/signals';

// The view is in the address (#/publish?split=test&start=0), so it can be shared and the back button works.

export const TABS = [
  { id: 'live', title: 'Live' },
  { id: 'predictions', title: 'Predictions' },
  { id: 'quality', title: 'Quality' },
  { id: 'models', title: 'Models' },
  { id: 'publish', title: 'Publish' },
  { id: 'try-it', title: 'Try it' },
  { id: 'events', title: 'Events' },
  { id: 'dead-letters', title: 'Dead letters' },
  { id: 'system', title: 'System' },
  { id: 'labels', title: 'Labels' },
] as const;
export type TabId = (typeof TABS)[number]['id'];

export interface Route {
  readonly tab: TabId;
  readonly query: Readonly<Record<string, string>>;
}

export const route = signal<Route>(parseHash(location.hash));

/** Opens a tab as a step in the browser history. */
export function goTo(tab: TabId, query: Route['query'] = {}): void {
  if (toHash({ tab, query }) !== location.hash) location.hash = toHash({ tab, query });
}

/** Fields that open a drawer. */
const DRAWERS = ['id', 'alert', 'event', 'letter'] as const;
/** Marks the history entry of a drawer that was opened here, so that closing it goes back. */
const OPENED = { drawer: true } as const;

/**
 * Changes the address; undefined removes a field. Opening a drawer is a step in the browser history, and closing it goes
 * back. Other changes are made in place, unless they are a `step` of their own.
 */
export function setQuery(changes: Readonly<Record<string, string | undefined>>, { step = false } = {}): void {
  const merged = { ...route.peek().query, ...changes };
  const query = Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const next = { tab: route.peek().tab, query };
  const [before, after] = [isDrawerOpen(route.peek().query), isDrawerOpen(query)];
  const address = toHash(next) || '#/live';
  // At once: a second close before the browser has gone back must not go back further.
  route.value = next;
  if (before && !after && isOpened(history.state)) history.back();
  else if (!before && after) history.pushState(OPENED, '', address);
  else if (step && address !== location.hash) history.pushState(null, '', address);
  else history.replaceState(history.state, '', address);
}

function isDrawerOpen(query: Route['query']): boolean {
  return DRAWERS.some((field) => query[field] !== undefined);
}

function isOpened(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'drawer' in state;
}

export function followAddress(): void {
  addEventListener('hashchange', () => (route.value = parseHash(location.hash)));
  effect(() => {
    const { tab } = route.value;
    document.title = `${TABS.find(({ id }) => id === tab)?.title ?? ''} · stream-infer`;
  });
}

function parseHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const tab = TABS.find(({ id }) => id === path)?.id ?? 'live';
  return { tab, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view, for links. */
export function hashOf(tab: TabId, query: Route['query'] = {}): string {
  return toHash({ tab, query });
}

function toHash({ tab, query }: Route): string {
  const text = new URLSearchParams(query).toString();
  return `#/${tab}${text === '' ? '' : `?${text}`}`;
}
