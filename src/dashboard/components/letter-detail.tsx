import type { DeadLetterDetail } from '../../http/schemas/dead-letters';
import { getDeadLetter } from '../api';
import { bytes as byteCount, count, dateAndTime } from '../format';
import { route, setQuery } from '../route';
import { fromBase64 } from '../state';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { CopyButton } from './copy-button';
import { Dialog } from './dialog';
import { Facts, type Fact } from './facts';
import { HeaderList } from './header-list';
import { RedriveButton } from './redrive-button';
import { Thumbnail, ValueText } from './value-preview';

/** One dead letter with what is kept of its original. Its id is in the address. */
export function LetterDetail({ onChange }: { onChange: () => void }) {
  const { letter: id } = route.value.query;
  return (
    <Dialog
      open={id !== undefined}
      title="Dead letter"
      class="drawer"
      onClose={() => id !== undefined && setQuery({ letter: undefined })}
    >
      {id !== undefined && <Letter key={id} id={id} onChange={onChange} />}
    </Dialog>
  );
}

function Letter({ id, onChange }: { id: string; onChange: () => void }) {
  const { data, problem, refresh } = useAnswer(() => getDeadLetter(id), id);
  if (data === null) return <Alert text={problem} />;
  return (
    <Everything
      letter={data}
      onChange={() => {
        refresh();
        onChange();
      }}
    />
  );
}

function Everything({ letter, onChange }: { letter: DeadLetterDetail; onChange: () => void }) {
  const bytes = fromBase64(letter.value);
  return (
    <>
      <div class="detail-top">
        <Thumbnail bytes={bytes} class="large" />
        <div class="verdict">
          <strong class="code">{letter.code}</strong>
          <span class="muted">{letter.message}</span>
        </div>
      </div>
      <div class="row">
        <RedriveButton letter={letter} onDone={onChange} />
        <CopyButton text={JSON.stringify(letter, null, 2)} label="Copy JSON" />
        <CopyButton
          text={`curl '${location.origin}/api/v1/dead-letters/${encodeURIComponent(letter.id)}'`}
          label="Copy curl"
        />
      </div>
      <Facts facts={factsOf(letter)} />
      <HeaderList headers={letter.headers} />
      <section class="stack-small" aria-labelledby="value-title">
        <h3 id="value-title">Value</h3>
        <ValueText bytes={bytes} />
      </section>
    </>
  );
}

function factsOf(letter: DeadLetterDetail): readonly Fact[] {
  const { source } = letter;
  const place = [source.topic, source.partition, source.offset].filter((part) => part !== null).join(' / ');
  return [
    ['Id', letter.id],
    ['Stage', letter.stage],
    ['Tried', `${count(letter.attempts)}×`],
    ['Failed', dateAndTime(letter.failedAt)],
    ['Topic / partition / offset', place],
    ['Key', letter.key ?? 'none'],
    ['Value', `${byteCount(letter.valueBytes)}${letter.complete ? '' : ', of which the beginning is kept'}`],
    ['Redriven before', `${count(letter.redriveCount)}×`],
    ['Model', letter.model ?? 'none was loaded'],
  ];
}
