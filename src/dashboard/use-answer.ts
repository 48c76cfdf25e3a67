import { useEffect, useRef, useState } from 'preact/hooks';
import { paused } from './state';

export interface Answer<T> {
  /** The latest answer; kept while the next one is on its way. */
  readonly data: T | null;
  /** Error message; empty if the last request succeeded. */
  readonly problem: string;
  readonly refresh: () => void;
}

/** Debounce while the user types, ms. */
const REST_MS = 150;

/**
 * The answer of the server to `ask`. Asks again when `key` changes and every `everyMs`, except while the page is hidden
 * or paused. A late answer to an earlier request is dropped.
 */
export function useAnswer<T>(ask: () => Promise<T>, key: string, everyMs?: number): Answer<T> {
  const [answer, setAnswer] = useState<Omit<Answer<T>, 'refresh'>>({ data: null, problem: '' });
  const latest = useRef(ask);
  latest.current = ask;
  const turn = useRef(0);
  const load = useRef(() => {
    const mine = ++turn.current;
    latest.current().then(
      (data) => mine === turn.current && setAnswer({ data, problem: '' }),
      (error: Error) => mine === turn.current && setAnswer((old) => ({ ...old, problem: error.message })),
    );
  });

  const asked = useRef(false);
  useEffect(() => {
    const first = setTimeout(load.current, asked.current ? REST_MS : 0);
    asked.current = true;
    const again =
      everyMs === undefined
        ? undefined
        : setInterval(() => !document.hidden && !paused.peek() && load.current(), everyMs);
    return () => {
      clearTimeout(first);
      clearInterval(again);
      turn.current++;
    };
  }, [key, everyMs]);
  return { ...answer, refresh: load.current };
}
