import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeadLetterAnswer } from '../../http/schemas/dead-letters';
import { getDeadLetter } from '../api';
import { bytes as byteCount, clock } from '../format';
import { setQuery } from '../route';
import { fromBase64 } from '../state';
import { RedriveButton } from './redrive-button';
import { Badge, Thumbnail } from './value-preview';

/** Larger originals are fetched only when the dead letter is opened, bytes. */
const THUMBNAIL_BYTES = 256 * 1024;

/** Dead letters with their reasons, newest first; each opens its details. */
export function DeadLetterTable({
  deadLetters,
  onChange,
}: {
  deadLetters: readonly DeadLetterAnswer[];
  onChange: () => void;
}) {
  return (
    <table class="entries">
      <caption class="hidden">Dead letters, newest first</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">Original</span>
          </th>
          <th scope="col">Reason</th>
          <th scope="col">Stage</th>
          <th scope="col">Source</th>
          <th scope="col">Time</th>
          <th scope="col">
            <span class="hidden">Redrive</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {deadLetters.map((deadLetter) => (
          <Row key={deadLetter.seq} deadLetter={deadLetter} onChange={onChange} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ deadLetter, onChange }: { deadLetter: DeadLetterAnswer; onChange: () => void }) {
  const { id, code, message, stage, attempts, source, failedAt, valueBytes } = deadLetter;
  return (
    <tr>
      <td class="entry-image">
        <LazyThumbnail deadLetter={deadLetter} />
      </td>
      <th scope="row" class="entry-reason">
        <button type="button" class="link code" onClick={() => setQuery({ letter: id })}>
          {code}
        </button>
        <span class="muted">{message}</span>
      </th>
      <td class="entry-stage">
        {stage}
        <small>{attempts > 1 ? `${attempts} attempts` : byteCount(valueBytes)}</small>
      </td>
      <td class="entry-place">
        <span>{source.topic}</span>{' '}
        <small>
          {source.partition === null ? id : `partition ${source.partition}, offset ${source.offset ?? '?'}`}
        </small>
      </td>
      <td class="entry-time">{clock(failedAt).slice(0, 8)}</td>
      <td class="entry-redrive">
        <RedriveButton deadLetter={deadLetter} onDone={onChange} />
      </td>
    </tr>
  );
}

/** Fetches the original when it scrolls into view: the list has no values. */
function LazyThumbnail({ deadLetter: { id, valueBytes } }: { deadLetter: DeadLetterAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const [bytes, setBytes] = useState<Uint8Array | null>(null);
  const small = valueBytes > 0 && valueBytes <= THUMBNAIL_BYTES;
  useEffect(() => {
    const element = place.current;
    if (element === null || !small) return;
    let wanted = true;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting !== true) return;
      observer.disconnect();
      getDeadLetter(id).then(
        ({ value }) => wanted && setBytes(fromBase64(value)),
        // Evicted meanwhile; opening it shows the error.
        () => undefined,
      );
    });
    observer.observe(element);
    return () => {
      wanted = false;
      observer.disconnect();
    };
  }, [id, small]);
  return (
    <div ref={place} class="entry-thumbnail">
      {bytes === null ? (
        <Badge text={valueBytes === 0 ? 'empty' : small ? '' : 'large'} />
      ) : (
        <Thumbnail bytes={bytes} />
      )}
    </div>
  );
}
