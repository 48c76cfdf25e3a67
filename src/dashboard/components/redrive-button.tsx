import { useState } from 'preact/hooks';
import { canRedriveHelp } from '../../core/dead-letter';
import type { DeadLetterAnswer } from '../../http/schemas/dead-letters';
import { ApiError, redriveOne } from '../api';
import { clock } from '../format';

interface RedriveButtonProps {
  readonly deadLetter: DeadLetterAnswer;
  readonly onDone: () => void;
}

/** Publishes the original again, or shows why that is refused. */
export function RedriveButton({ deadLetter, onDone }: RedriveButtonProps) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Error | null>(null);
  const { id, redrivenAt, complete } = deadLetter;
  if (redrivenAt !== null) return <span class="tag is-done">redriven {clock(redrivenAt).slice(0, 8)}</span>;
  if (!complete)
    return (
      <span class="tag" title="Only the beginning of the original was kept.">
        incomplete
      </span>
    );

  const force = refused instanceof ApiError && refused.code === 'REDRIVEN_TOO_OFTEN';
  const redrive = async () => {
    setBusy(true);
    setRefused(null);
    await redriveOne(id, force).then(onDone, setRefused);
    setBusy(false);
  };
  return (
    <>
      <button
        type="button"
        class={canRedriveHelp(deadLetter.code) ? 'small primary' : 'small'}
        title={
          canRedriveHelp(deadLetter.code) ? undefined : 'The unchanged message fails again: edit it first.'
        }
        disabled={busy}
        onClick={() => void redrive()}
        aria-label={`Redrive ${id}`}
      >
        {force ? 'Redrive anyway' : 'Redrive'}
      </button>
      {refused !== null && (
        <small class="refused" role="alert">
          {refused.message}
        </small>
      )}
    </>
  );
}
