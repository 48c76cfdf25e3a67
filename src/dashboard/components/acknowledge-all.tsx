import { useState } from 'preact/hooks';
import { acknowledge } from '../api';
import { plural } from '../format';
import { openAlerts, readOpenAlerts } from '../open-alerts';
import { operatorName } from '../operator';
import { Alert } from './alert';
import { Dialog } from './dialog';
import { OperatorName } from './operator-name';

/** Acknowledges every open alert, after confirmation; nothing without open alerts. */
export function AcknowledgeAll({ onDone }: { onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const alerts = openAlerts.value;
  if (alerts.length === 0 && !open) return null;
  return (
    <>
      <button type="button" class="small" onClick={() => setOpen(true)}>
        Acknowledge all
      </button>
      <Dialog open={open} title="Acknowledge all" class="centred" onClose={() => setOpen(false)}>
        <Question
          alerts={alerts}
          onDone={() => {
            setOpen(false);
            onDone();
          }}
        />
      </Dialog>
    </>
  );
}

function Question({ alerts, onDone }: { alerts: readonly number[]; onDone: () => void }) {
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const send = async (submitted: Event) => {
    submitted.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      // One after the other: each is a write to the store and a message to the topic of alerts.
      for (const number of alerts) await acknowledge(number, operatorName.peek(), note);
      onDone();
    } catch (error) {
      setProblem((error as Error).message);
    }
    setBusy(false);
    await readOpenAlerts();
  };
  return (
    <form class="stack" onSubmit={(submitted) => void send(submitted)}>
      <p>{plural(alerts.length, 'alert')} will be acknowledged.</p>
      <OperatorName />
      <label class="field">
        <span>Note</span>
        <input value={note} maxLength={1000} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <Alert text={problem} />
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Acknowledging' : 'Acknowledge'}
      </button>
    </form>
  );
}
