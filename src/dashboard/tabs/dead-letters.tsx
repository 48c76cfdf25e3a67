import { listDeadLetters } from '../api';
import { Alert } from '../components/alert';
import { DeadLetterDrawer } from '../components/dead-letter-detail';
import { DeadLetterTable } from '../components/dead-letter-table';
import { NewerButton, Pager } from '../components/page-tools';
import { RedriveAll } from '../components/redrive-all';
import { plural, shortCount } from '../format';
import { route, setQuery } from '../route';
import { about, stats } from '../state';
import { useAnswer } from '../use-answer';

const PAGE = '50';

/** Dead letters with their reasons; the originals can be redriven. */
export function DeadLetters() {
  const { code, before } = route.value.query;
  const wanted = {
    limit: PAGE,
    ...(code !== undefined && { code }),
    ...(before !== undefined && { before }),
  };
  const { data, problem, refresh } = useAnswer(
    () => listDeadLetters(wanted),
    new URLSearchParams(wanted).toString(),
  );
  return (
    <div class="view">
      <div class="toolbar">
        <Codes chosen={code} />
        {data !== null && data.deadLetters.length > 0 && <RedriveAll code={code} onDone={refresh} />}
      </div>
      <Alert text={problem} />
      {data !== null && (
        <section class="card" aria-labelledby="dead-letters-title">
          <div class="card-head">
            <h2 id="dead-letters-title">
              {data.deadLetters.length === 0
                ? 'Dead letters'
                : plural(data.deadLetters.length, 'dead letter')}
            </h2>
            <NewerButton answer={data} counts="deadLetters" refresh={refresh} />
          </div>
          {data.deadLetters.length === 0 ? (
            <Nothing />
          ) : (
            <DeadLetterTable deadLetters={data.deadLetters} onChange={refresh} />
          )}
          <Pager tab="dead-letters" next={data.next} />
        </section>
      )}
      <DeadLetterDrawer onChange={refresh} />
    </div>
  );
}

/** One filter button per error code, with its count. */
function Codes({ chosen }: { chosen: string | undefined }) {
  const counts = new Map(Object.entries(stats.value?.rejections ?? {}));
  // A shared link may contain a code that did not occur here.
  if (chosen !== undefined && !counts.has(chosen)) counts.set(chosen, 0);
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  if (most.length === 0) return <span />;
  return (
    <div class="chips" role="group" aria-label="Reason">
      <Chip
        text="All"
        times={stats.value?.deadLetters ?? 0}
        pressed={chosen === undefined}
        code={undefined}
      />
      {most.map(([code, times]) => (
        <Chip key={code} text={code} times={times} pressed={chosen === code} code={code} />
      ))}
    </div>
  );
}

interface ChipProps {
  readonly text: string;
  readonly times: number;
  readonly pressed: boolean;
  readonly code: string | undefined;
}

function Chip({ text, times, pressed, code }: ChipProps) {
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={pressed}
      onClick={() => setQuery({ code, before: undefined }, { step: true })}
    >
      {text} <small>{shortCount(times)}</small>
    </button>
  );
}

function Nothing() {
  return (
    <div class="empty is-static">
      <p>
        <strong>No dead letters</strong>
      </p>
      <p class="muted">
        Messages that cannot be classified are listed here with the reason. All of them are in{' '}
        {about.value?.topics.dlq ?? 'the dead-letter topic'}.
      </p>
    </div>
  );
}
