import { useRef } from 'preact/hooks';
import { count } from '../format';
import { goTo, route, type TabId } from '../route';
import { stats } from '../state';

interface NewerButtonProps {
  /** The answer behind the list; a new object with each answer. */
  readonly answer: object;
  readonly counts: 'predictions' | 'deadLetters';
  readonly note?: string;
  readonly refresh: () => void;
}

/**
 * Shows the number of results since the list was fetched, and refreshes it on request, so nothing moves under the
 * pointer. Counting starts with the first `stats` event after the answer: earlier results may already be listed.
 */
export function NewerButton({ answer, counts, note = '', refresh }: NewerButtonProps) {
  const frame = stats.value;
  const base = useRef({ answer, frame, from: null as number | null });
  if (base.current.answer !== answer) base.current = { answer, frame, from: null };
  if (base.current.from === null && frame !== null && frame !== base.current.frame)
    base.current.from = frame[counts];
  const { from } = base.current;
  const since = from === null || frame === null ? 0 : Math.max(0, frame[counts] - from);
  if (route.value.query.before !== undefined) return null;
  return (
    <button type="button" class="small" onClick={refresh}>
      {since === 0 ? 'Refresh' : `Refresh: ${count(since)} newer${note}`}
    </button>
  );
}

/** Buttons for the next older page and the newest one; each is a step in the browser history. */
export function Pager({ tab, next }: { tab: TabId; next: number | null }) {
  const { query } = route.value;
  if (next === null && query.before === undefined) return null;
  const turn = (before: string | undefined) => {
    const rest = Object.entries(query).filter(
      ([name]) => !['before', 'id', 'letter', 'alert', 'event'].includes(name),
    );
    goTo(tab, Object.fromEntries(before === undefined ? rest : [...rest, ['before', before]]));
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={query.before === undefined} onClick={() => turn(undefined)}>
        Newest
      </button>
      <button type="button" disabled={next === null} onClick={() => turn(String(next))}>
        Older
      </button>
    </nav>
  );
}
