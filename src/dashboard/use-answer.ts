import { useEffect, useRef, useState } from 'preact/hooks';
import { paused } from './state';

export interface Answer<T> {
  /** Also an old one, while a newer is on its way. */
  readonly data: T | null;
  /** A sentence for people; empty when all is well. */
  readonly problem: string;
  readonly refresh: () => void;
}

/** While somebody types, ask only when the fingers rest, ms. */
const REST_MS = 150;

/**
 * What the server answers to `ask`. Asks again when `key` changes, and every `everyMs` if given, except while the page
 * is hidden or paused. An answer to an older question that comes late is dropped.
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
