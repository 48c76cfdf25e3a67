import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeadLetterAnswer } from '../../http/schemas/dead-letters';
import { getDeadLetter } from '../api';
import { bytes as byteCount, clock } from '../format';
import { setQuery } from '../route';
import { fromBase64 } from '../state';
import { RedriveButton } from './redrive-button';
import { Badge, Thumbnail } from './value-preview';

/** Larger originals are only fetched when the letter is opened, bytes. */
const THUMBNAIL_BYTES = 256 * 1024;

/** What was refused and why, newest first; a letter opens its details. */
export function LetterTable({
  letters,
  onChange,
}: {
  letters: readonly DeadLetterAnswer[];
  onChange: () => void;
}) {
  return (
    <table class="letters">
      <caption class="hidden">Dead letters, newest first</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">Original</span>
          </th>
          <th scope="col">Reason</th>
          <th scope="col">Stage</th>
          <th scope="col">Where</th>
          <th scope="col">When</th>
          <th scope="col">
            <span class="hidden">Redrive</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <Row key={letter.seq} letter={letter} onChange={onChange} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ letter, onChange }: { letter: DeadLetterAnswer; onChange: () => void }) {
  const { id, code, message, stage, attempts, source, failedAt, valueBytes } = letter;
  return (
    <tr>
      <td class="letter-image">
        <LazyThumbnail letter={letter} />
      </td>
      <th scope="row" class="letter-reason">
        <button type="button" class="link code" onClick={() => setQuery({ letter: id })}>
          {code}
        </button>
        <span class="muted">{message}</span>
      </th>
      <td class="letter-stage">
        {stage}
        <small>{attempts > 1 ? `${attempts} tries` : byteCount(valueBytes)}</small>
      </td>
      <td class="letter-place">
        <span>{source.topic}</span>{' '}
        <small>
          {source.partition === null ? id : `partition ${source.partition}, offset ${source.offset ?? '?'}`}
        </small>
      </td>
      <td class="letter-time">{clock(failedAt).slice(0, 8)}</td>
      <td class="letter-redrive">
        <RedriveButton letter={letter} onDone={onChange} />
      </td>
    </tr>
  );
}

/** Gets the original when it comes into view: the list does not bring the values along. */
function LazyThumbnail({ letter: { id, valueBytes } }: { letter: DeadLetterAnswer }) {
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
        // It was pushed out meanwhile; opening it says so.
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
    <div ref={place} class="letter-thumbnail">
      {bytes === null ? (
        <Badge text={valueBytes === 0 ? 'empty' : small ? '' : 'large'} />
      ) : (
        <Thumbnail bytes={bytes} />
      )}
    </div>
  );
}
