import { useState } from 'preact/hooks';
import type { DeadLetterDetail } from '../../http/schemas/dead-letters';
import { getDeadLetter } from '../api';
import { bytes as byteCount, count, dateAndTime } from '../format';
import { route, setQuery } from '../route';
import { API } from '../served-model';
import { fromBase64 } from '../state';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { CopyButton } from './copy-button';
import { Dialog } from './dialog';
import { EditDeadLetter } from './edit-dead-letter';
import { Facts, type Fact } from './facts';
import { HeaderList } from './header-list';
import { RedriveButton } from './redrive-button';
import { Thumbnail, ValueText } from './value-preview';

/** Drawer with one dead letter and its original; its id is in the address. */
export function DeadLetterDrawer({ onChange }: { onChange: () => void }) {
  const { letter: id } = route.value.query;
  return (
    <Dialog
      open={id !== undefined}
      title="Dead letter"
      class="drawer"
      onClose={() => id !== undefined && setQuery({ letter: undefined })}
    >
      {id !== undefined && <Fetched key={id} id={id} onChange={onChange} />}
    </Dialog>
  );
}

function Fetched({ id, onChange }: { id: string; onChange: () => void }) {
  const { data, problem, refresh } = useAnswer(() => getDeadLetter(id), id);
  if (data === null) return <Alert text={problem} />;
  return (
    <Everything
      deadLetter={data}
      onChange={() => {
        refresh();
        onChange();
      }}
    />
  );
}

function Everything({ deadLetter, onChange }: { deadLetter: DeadLetterDetail; onChange: () => void }) {
  const bytes = fromBase64(deadLetter.value);
  const [editing, setEditing] = useState(false);
  return (
    <>
      <div class="detail-top">
        <Thumbnail bytes={bytes} class="large" />
        <div class="verdict">
          <strong class="code">{deadLetter.code}</strong>
          <span class="muted">{deadLetter.message}</span>
        </div>
      </div>
      <div class="row">
        <RedriveButton deadLetter={deadLetter} onDone={onChange} />
        <CopyButton text={JSON.stringify(deadLetter, null, 2)} label="Copy JSON" />
        <CopyButton
          text={`curl '${location.origin}${API}/dead-letters/${encodeURIComponent(deadLetter.id)}'`}
          label="Copy curl"
        />
      </div>
      {deadLetter.complete && deadLetter.redrivenAt === null && (
        <details
          class="edit-holder"
          open={editing}
          onToggle={({ currentTarget }) => setEditing(currentTarget.open)}
        >
          <summary>Edit and redrive</summary>
          {editing && <EditDeadLetter deadLetter={deadLetter} onDone={onChange} />}
        </details>
      )}
      <Facts facts={factsOf(deadLetter)} />
      <HeaderList headers={deadLetter.headers} />
      <section class="stack-small" aria-labelledby="value-title">
        <h3 id="value-title">Value</h3>
        <ValueText bytes={bytes} />
      </section>
    </>
  );
}

function factsOf(deadLetter: DeadLetterDetail): readonly Fact[] {
  const { source } = deadLetter;
  const place = [source.topic, source.partition, source.offset].filter((part) => part !== null).join(' / ');
  return [
    ['Id', deadLetter.id],
    ['Stage', deadLetter.stage],
    ['Attempts', count(deadLetter.attempts)],
    ['Failed', dateAndTime(deadLetter.failedAt)],
    ['Topic / partition / offset', place],
    ['Key', deadLetter.key ?? 'none'],
    [
      'Value',
      `${byteCount(deadLetter.valueBytes)}${deadLetter.complete ? '' : ', only the beginning was kept'}`,
    ],
    ['Earlier redrives', count(deadLetter.redriveCount)],
    ['Model', deadLetter.model ?? 'not loaded'],
  ];
}
