import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ConnectionStatus } from '../../core/ports';
import type { StoreFrame } from '../../http/schemas/health';
import type { StatsFrame } from '../../http/schemas/stats';
import { getConfig, hasPage } from '../api';
import { Alert } from '../components/alert';
import { CopyButton } from '../components/copy-button';
import { Facts, type Fact } from '../components/facts';
import { LatencyGoal } from '../components/latency-goal';
import { Steering } from '../components/steering';
import { SettingsTable } from '../components/settings-table';
import { bytes, count, milliseconds, percent, plural, seconds } from '../format';
import { hashOf, route, setQuery } from '../route';
import { API } from '../served-model';
import { about, stats } from '../state';
import { useAnswer } from '../use-answer';

/** Broker, model and process, then the configuration. */
export function System() {
  return (
    <div class="system">
      <div class="stack">
        <Health />
        <Model />
        <Steering />
        <Process />
        <Goal />
        <Store />
        <Links />
      </div>
      <Settings />
    </div>
  );
}

function Settings() {
  const { data, problem } = useAnswer(getConfig, '');
  const { find = '', changed } = route.value.query;
  const shown = (data?.settings ?? []).filter(
    ({ path, source, description = '' }) =>
      `${path} ${description}`.toLowerCase().includes(find.toLowerCase()) &&
      (changed === undefined || source !== 'default'),
  );
  return (
    <section class="card" aria-labelledby="settings-title">
      <div class="card-head">
        <h2 id="settings-title">Configuration</h2>
        <div class="inline-fields">
          <label class="check">
            <input
              type="checkbox"
              checked={changed === 'true'}
              onChange={(event) =>
                setQuery({ changed: event.currentTarget.checked ? 'true' : undefined }, { step: true })
              }
            />
            <span>Changed only</span>
          </label>
          <input
            type="search"
            class="input is-small"
            aria-label="Find a setting"
            placeholder="Find a setting"
            value={find}
            onInput={(event) => setQuery({ find: event.currentTarget.value || undefined })}
          />
        </div>
      </div>
      <Alert text={problem} />
      {data !== null && shown.length > 0 && <SettingsTable settings={shown} />}
      {data !== null && shown.length === 0 && <p class="muted">No matching settings.</p>}
    </section>
  );
}

function Card({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function Health() {
  if (about.value === null || stats.value === null) return null;
  const { broker, topics } = about.value;
  const { health } = stats.value;
  return (
    <Card id="broker-title" title="Broker">
      {!health.ready && <Alert text={health.reasons.join(' ') || 'The process is starting.'} />}
      <Facts
        facts={[
          ['Type', broker],
          ['Input topic', topics.input],
          ['Output topic', topics.output],
          ['Dead-letter topic', topics.dlq],
          ['Source', <Connection key="source" status={health.source} />],
          ['Sink', <Connection key="sink" status={health.sink} />],
        ]}
      />
    </Card>
  );
}

function Connection({ status }: { status: ConnectionStatus }) {
  return (
    <span class={status.state === 'up' ? 'mark is-right' : 'mark is-wrong'}>
      {status.state}
      {status.reason !== undefined && `: ${status.reason}`}
    </span>
  );
}

function Model() {
  const model = about.value?.model;
  if (about.value === null) return null;
  return (
    <Card id="model-title" title="Model">
      {model === null || model === undefined ? (
        <p class="muted">Not loaded yet.</p>
      ) : (
        <>
          <Facts
            facts={[
              ['Name', model.name],
              ['Version', String(model.version)],
              ['Runtime', model.runtime],
              ['Precision', model.precision],
              ['SHA-256', <code key="sha">{model.sha256.slice(0, 16)}…</code>],
            ]}
          />
          <div class="row">
            <CopyButton text={model.sha256} label="Copy SHA-256" />
            <a class="button small" href={hashOf('models')}>
              Versions
            </a>
          </div>
        </>
      )}
    </Card>
  );
}

function Process() {
  if (about.value === null || stats.value === null) return null;
  return (
    <Card id="process-title" title="Process">
      <Facts facts={processFacts(about.value.version, stats.value)} />
    </Card>
  );
}

function processFacts(version: string, { activity, uptimeSeconds }: StatsFrame): readonly Fact[] {
  return [
    ['stream-infer', version],
    ['Uptime', seconds(uptimeSeconds)],
    ['Workers', `${plural(activity.workers, 'thread')}, ${percent(activity.workerUtilization)} busy`],
    ['Event-loop delay, p99', milliseconds(activity.eventLoopDelayMs)],
    ['Memory', bytes(activity.rssBytes)],
    ['In flight', plural(activity.inFlight, 'message')],
  ];
}

function Goal() {
  const goal = stats.value?.latencyGoal;
  if (goal === undefined) return null;
  return (
    <Card id="goal-title" title="Latency goal">
      <LatencyGoal goal={goal} />
    </Card>
  );
}

const STORAGE = { sqlite: 'SQLite', postgres: 'PostgreSQL', memory: 'memory' } as const;

function Store() {
  const store = (stats.value as { readonly store?: StoreFrame } | null)?.store;
  if (store === undefined) return null;
  return (
    <Card id="store-title" title="Results store">
      <Alert text={store.alarm ?? ''} />
      <Facts
        facts={[
          ['Storage', STORAGE[store.kind]],
          ...(store.path === null ? [] : [['Location', store.path] as const]),
          ['Queued', plural(store.queued, 'prediction')],
          ['Dropped', `${plural(store.shedRows, 'prediction')}, ${count(store.shedImages)} images`],
        ]}
      />
    </Card>
  );
}

interface Link {
  readonly href: string;
  readonly text: string;
  readonly always?: boolean;
}

const LINKS: readonly Link[] = [
  { href: '/docs', text: 'API documentation' },
  { href: '/openapi.json', text: 'OpenAPI document' },
  { href: '/metrics', text: 'Prometheus metrics' },
  // Not asked for: it answers 503 while the process is not ready, which browsers report as an error.
  { href: '/healthz', text: 'Health', always: true },
  { href: `${API}/stats`, text: 'Statistics as JSON' },
];

/** Links to the pages that this server has. */
function Links() {
  const [there, setThere] = useState<readonly string[]>([]);
  useEffect(() => {
    let wanted = true;
    const isThere = async (link: Link): Promise<boolean> =>
      link.always === true || (await hasPage(link.href));
    void Promise.all(LINKS.map(async (link) => ((await isThere(link)) ? link.href : ''))).then(
      (found) => wanted && setThere(found),
    );
    return () => void (wanted = false);
  }, []);
  return (
    <Card id="links-title" title="Links">
      <ul class="links">
        {LINKS.filter(({ href }) => there.includes(href)).map(({ href, text }) => (
          <li key={href}>
            <a href={href}>{text}</a> <code>{href}</code>
          </li>
        ))}
      </ul>
    </Card>
  );
}
