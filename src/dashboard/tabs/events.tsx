import { useEffect, useState } from 'preact/hooks';
import type { EventsAnswer, RuleAnswer } from '../../http/schemas/events';
import { listAlerts, listEvents } from '../api';
import { AcknowledgeAll } from '../components/acknowledge-all';
import { Alert } from '../components/alert';
import { AlertDetail } from '../components/alert-detail';
import { EventTable } from '../components/event-table';
import { Pager } from '../components/page-tools';
import { plural } from '../format';
import { route, setQuery } from '../route';
import { alertNews } from '../state';
import { useAnswer } from '../use-answer';

const PAGE = '50';

/** Events raised by the alert rules; alerts have a number and can be acknowledged. */
export function Events() {
  const { rule, show, before } = route.value.query;
  const wanted = {
    limit: PAGE,
    ...(rule !== undefined && { rule }),
    ...(before !== undefined && { before }),
    ...(show === 'open' && { acknowledged: 'false' }),
  };
  const onlyAlerts = show === 'alerts' || show === 'open';
  const key = `${show} ${new URLSearchParams(wanted).toString()}`;
  const { data, problem, refresh } = useAnswer(
    async () => (onlyAlerts ? asEvents(await listAlerts(wanted)) : await listEvents(wanted)),
    key,
  );
  const rules = useRules(data);
  useNews(refresh);
  return (
    <div class="view">
      <div class="toolbar">
        <div class="chips" role="group" aria-label="Show">
          <Chip text="All events" pressed={!onlyAlerts} change={{ show: undefined }} />
          <Chip text="Alerts" pressed={show === 'alerts'} change={{ show: 'alerts' }} />
          <Chip text="Not acknowledged" pressed={show === 'open'} change={{ show: 'open' }} />
        </div>
        <RuleChoice rules={rules} chosen={rule} />
      </div>
      <Alert text={problem} />
      <Alert text={data?.state?.alarm ? `A crash may lose events: ${data.state.alarm}` : ''} />
      {data !== null && (
        <section class="card" aria-labelledby="events-title">
          <div class="card-head">
            <h2 id="events-title">{heading(data.events.length, onlyAlerts)}</h2>
            <div class="row">
              <AcknowledgeAll onDone={refresh} />
              <button type="button" class="small" onClick={refresh}>
                Refresh
              </button>
            </div>
          </div>
          {data.events.length === 0 ? <Nothing rules={rules} /> : <EventTable events={data.events} />}
          <Pager tab="events" next={data.next} />
        </section>
      )}
      <AlertDetail onChange={refresh} />
    </div>
  );
}

type Listed = Pick<EventsAnswer, 'events' | 'next'> & Partial<EventsAnswer>;

function asEvents({ alerts, next }: { alerts: EventsAnswer['events']; next: number | null }): Listed {
  return { events: alerts, next };
}

/** Answers about alerts have no rules; the latest known rules are kept. */
function useRules(data: Listed | null): readonly RuleAnswer[] {
  const [rules, setRules] = useState<readonly RuleAnswer[]>([]);
  useEffect(() => {
    if (data?.rules !== undefined) return setRules(data.rules);
    let wanted = true;
    listEvents({ limit: '1' }).then(
      (answer) => wanted && setRules(answer.rules),
      // The list itself shows the error.
      () => undefined,
    );
    return () => void (wanted = false);
  }, [data]);
  return rules;
}

/** Refreshes the first page when an alert is raised or acknowledged. */
function useNews(refresh: () => void): void {
  const news = alertNews.value;
  useEffect(() => {
    if (news !== null && route.peek().query.before === undefined) refresh();
  }, [news]);
}

function Chip({
  text,
  pressed,
  change,
}: {
  text: string;
  pressed: boolean;
  change: Readonly<Record<string, string | undefined>>;
}) {
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={pressed}
      onClick={() => setQuery({ ...change, before: undefined }, { step: true })}
    >
      {text}
    </button>
  );
}

function RuleChoice({ rules, chosen }: { rules: readonly RuleAnswer[]; chosen: string | undefined }) {
  const names = new Set([...rules.map(({ name }) => name), ...(chosen === undefined ? [] : [chosen])]);
  if (names.size === 0) return <span />;
  return (
    <label class="field is-inline">
      <span>Rule</span>
      <select
        value={chosen ?? ''}
        onChange={({ currentTarget: { value } }) =>
          setQuery({ rule: value === '' ? undefined : value, before: undefined }, { step: true })
        }
      >
        <option value="">All rules</option>
        {[...names].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function heading(count: number, onlyAlerts: boolean): string {
  if (count === 0) return onlyAlerts ? 'Alerts' : 'Events';
  return plural(count, onlyAlerts ? 'alert' : 'event');
}

function Nothing({ rules }: { rules: readonly RuleAnswer[] }) {
  return (
    <div class="empty is-static">
      <p>
        <strong>No events</strong>
      </p>
      <p class="muted">
        {rules.length === 0
          ? 'No rules are configured. Define them under alerts: in the configuration file.'
          : 'Matches of a rule are listed here, with the image and its occlusion map.'}
      </p>
    </div>
  );
}
