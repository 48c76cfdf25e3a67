import { useState } from 'preact/hooks';
import type { Redriven } from '../../http/schemas/dead-letters';
import { redriveAll } from '../api';
import { plural } from '../format';
import { about } from '../state';
import { Alert } from './alert';
import { Dialog } from './dialog';

interface RedriveAllProps {
  /** Redrives only dead letters with this code. */
  readonly code: string | undefined;
  readonly onDone: () => void;
}

/** Publishes all originals again, after confirmation. */
export function RedriveAll({ code, onDone }: RedriveAllProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Redrive all{code !== undefined && ` ${code}`}
      </button>
      <Dialog open={open} title="Redrive all" class="centred" onClose={() => setOpen(false)}>
        <Question code={code} onDone={onDone} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Question({ code, onDone, onClose }: RedriveAllProps & { onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [result, setResult] = useState<Redriven | null>(null);
  const redrive = async () => {
    setBusy(true);
    setProblem('');
    await redriveAll(code).then(
      (answer) => {
        setResult(answer);
        onDone();
      },
      (error: Error) => setProblem(error.message),
    );
    setBusy(false);
  };
  if (result !== null) {
    return (
      <>
        <p role="status">{outcome(result)}</p>
        {result.skipped.length > 0 && <Reasons result={result} />}
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </>
    );
  }
  return (
    <>
      <p>
        Every original {code === undefined ? '' : `with code ${code} `}that is kept here and was not redriven
        yet is published to <b>{about.value?.topics.input ?? 'the input topic'}</b> again.
      </p>
      <Alert text={problem} />
      <div class="row">
        <button type="button" class="primary" disabled={busy} onClick={() => void redrive()}>
          {busy ? 'Redriving' : 'Redrive'}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </>
  );
}

function Reasons({ result: { skipped } }: { result: Redriven }) {
  const counts = new Map<string, number>();
  for (const { code } of skipped) counts.set(code, (counts.get(code) ?? 0) + 1);
  return (
    <ul class="reasons">
      {[...counts].map(([code, times]) => (
        <li key={code}>
          <b>{code}</b> {plural(times, 'dead letter')}:{' '}
          {skipped.find((deadLetter) => deadLetter.code === code)?.detail}
        </li>
      ))}
    </ul>
  );
}

function outcome({ redriven, skipped }: Redriven): string {
  if (redriven.length === 0 && skipped.length === 0) return 'No dead letters left to redrive.';
  const left = skipped.length === 0 ? '' : ` ${plural(skipped.length, 'dead letter')} skipped.`;
  return `${plural(redriven.length, 'original')} published again.${left}`;
}
