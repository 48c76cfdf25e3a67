import { useState } from 'preact/hooks';
import type { SteeringAnswer, SteeringLogAnswer } from '../../http/schemas/steering';
import { listChanges, steer, type SteeringRequest } from '../api';
import { dateAndTime, plural } from '../format';
import { operatorName } from '../operator';
import { stats } from '../state';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { Dialog } from './dialog';
import { Facts } from './facts';
import { OperatorName } from './operator-name';

const EVERY_MS = 5_000;
const LATEST = 5;

/** Pauses, limits and drains the stream of this process; absent where it has none. */
export function Steering() {
  const state = stats.value?.steering;
  return state === undefined ? null : <Controls state={state} />;
}

function Controls({ state }: { state: SteeringAnswer }) {
  const { data, refresh } = useAnswer(() => listChanges(LATEST), state.state, EVERY_MS);
  const [reason, setReason] = useState('');
  const [rate, setRate] = useState('');
  const [workers, setWorkers] = useState('');
  const [position, setPosition] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const send = (request: SteeringRequest): void => {
    setBusy(true);
    setProblem('');
    void steer(request, { by: operatorName.value, reason })
      .then(
        () => setReason(''),
        (error: Error) => setProblem(error.message),
      )
      .then(() => {
        setBusy(false);
        refresh();
      });
  };
  const off = busy || operatorName.value.trim() === '' || state.state === 'draining';
  const pause = state.paused === null ? 'pause' : 'resume';
  return (
    <section class="card" aria-labelledby="steering-title">
      <h2 id="steering-title">Steering</h2>
      <Facts
        facts={[
          ['Stream', state.paused === null ? state.state : `paused by ${state.paused.by}`],
          ['Limit', state.rate === null ? 'none' : `${state.rate} images/s`],
          ...(state.workers === null
            ? []
            : ([
                ['Workers', `${state.workers.now} of ${state.workers.most} (${state.workers.mode})`],
              ] as const)),
          ['In flight', plural(state.inFlight, 'message')],
        ]}
      />
      <div class="steering-who">
        <OperatorName />
        <label class="field">
          <span>Reason</span>
          <input
            value={reason}
            maxLength={500}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
      </div>
      <Alert text={problem} />
      <div class="inline-fields steering-actions">
        <button type="button" class="small primary" disabled={off} onClick={() => send({ action: pause })}>
          {pause === 'pause' ? 'Pause stream' : 'Resume stream'}
        </button>
        <Drain off={off} onDrain={() => send({ action: 'drain' })} />
      </div>
      <div class="inline-fields steering-actions">
        <label>
          Images/s{' '}
          <input
            type="number"
            class="input is-small"
            min="0.1"
            max="1000000"
            step="any"
            value={rate}
            onInput={({ currentTarget }) => setRate(currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="small"
          disabled={off || !(Number(rate) > 0)}
          onClick={() => send({ action: 'rate', rate: Number(rate) })}
        >
          Set limit
        </button>
        <button
          type="button"
          class="small"
          disabled={off || state.rate === null}
          onClick={() => send({ action: 'rate', rate: null })}
        >
          No limit
        </button>
      </div>
      {state.workers !== null && (
        <div class="inline-fields steering-actions">
          <label>
            Workers{' '}
            <input
              type="number"
              class="input is-small"
              min="1"
              max={state.workers.most}
              value={workers}
              onInput={({ currentTarget }) => setWorkers(currentTarget.value)}
            />
          </label>
          <button
            type="button"
            class="small"
            disabled={off || !(Number(workers) >= 1)}
            onClick={() => send({ action: 'workers', workers: Number(workers) })}
          >
            Set workers
          </button>
          <button
            type="button"
            class="small"
            disabled={off || state.workers.mode === 'auto'}
            onClick={() => send({ action: 'workers', workers: 'auto' })}
          >
            Auto
          </button>
        </div>
      )}
      <div class="inline-fields steering-actions">
        <label>
          Position{' '}
          <input
            class="input is-small is-position"
            placeholder="2h, earliest"
            maxLength={200}
            title="A time, an age, an offset, snapshot:<name>, earliest or latest"
            value={position}
            onInput={({ currentTarget }) => setPosition(currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="small"
          disabled={off || state.seeking || position.trim() === ''}
          onClick={() => send({ action: 'seek', to: position.trim() })}
        >
          {state.seeking ? 'Seeking' : 'Seek'}
        </button>
      </div>
      {data !== null && data.entries.length > 0 && <Changes entries={data.entries} />}
    </section>
  );
}

/** Ends the process, so it asks once more. */
function Drain({ off, onDrain }: { off: boolean; onDrain: () => void }) {
  const [open, setOpen] = useState(false);
  const drain = () => {
    setOpen(false);
    onDrain();
  };
  return (
    <>
      <button type="button" class="small" disabled={off} onClick={() => setOpen(true)}>
        Drain and end…
      </button>
      <Dialog open={open} title="Drain and end" class="centred" onClose={() => setOpen(false)}>
        <p>Messages in flight are finished. Then this process and this page end.</p>
        <div class="row">
          <button type="button" class="primary" onClick={drain}>
            Drain
          </button>
          <button type="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
        </div>
      </Dialog>
    </>
  );
}

function Changes({ entries }: { entries: SteeringLogAnswer['entries'] }) {
  return (
    <ul class="changes" aria-label="Latest changes">
      {entries.map(({ number, at, action, by, via, reason, outcome, result }) => (
        <li key={number}>
          <b>{action}</b> by {by} ({via}), {dateAndTime(at)}
          {reason !== '' && `: ${reason}`}
          <span class={outcome === 'failed' ? 'mark is-wrong' : 'muted'}> {result}</span>
        </li>
      ))}
    </ul>
  );
}
