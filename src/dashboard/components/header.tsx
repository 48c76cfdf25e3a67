import { useEffect } from 'preact/hooks';
import { goTo, route, TABS } from '../route';
import { MOST_OPEN, openAlerts } from '../open-alerts';
import { about, connection, paused, shortcutsOpen } from '../state';
import { nextTheme, theme } from '../theme';
import { BrokerStatus, brokerTrouble } from './broker-status';
import { Icon, Logo, type IconName } from './icons';
import { ModelChoice, several } from './model-choice';

const THEME_ICONS: Record<typeof theme.value, IconName> = { system: 'system', light: 'sun', dark: 'moon' };
const STATES = {
  connecting: 'Connecting',
  live: 'Connected',
  lost: 'Disconnected',
  locked: 'Token required',
} as const;

export function Header() {
  return (
    <header class="top">
      <div class="top-inner">
        <h1 class="brand">
          <Logo />
          <span class="brand-name">stream-infer</span>
        </h1>
        <Tabs />
        <div class="top-side">
          {several.value ? <ModelChoice /> : <Setting />}
          <BrokerStatus />
          <Status />
          <button
            type="button"
            class="quiet"
            onClick={nextTheme}
            aria-label={`Theme: ${theme.value}. Change`}
            title={`Theme: ${theme.value} (t)`}
          >
            <Icon name={THEME_ICONS[theme.value]} />
          </button>
          <button
            type="button"
            class="quiet keys-button"
            onClick={() => (shortcutsOpen.value = true)}
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
          >
            <span aria-hidden="true">?</span>
          </button>
        </div>
      </div>
    </header>
  );
}

function Tabs() {
  const current = route.value.tab;
  useEffect(
    () => document.getElementById(`tab-${current}`)?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    [current],
  );
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const at = TABS.findIndex(({ id }) => id === current);
    const next = TABS[(at + step + TABS.length) % TABS.length]!;
    goTo(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {TABS.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-label={
            id === 'events' && openAlerts.value.length > 0
              ? `${title}, open alerts: ${shownAlerts()}`
              : undefined
          }
          aria-selected={id === current}
          aria-controls={`panel-${id}`}
          tabIndex={id === current ? 0 : -1}
          onClick={() => goTo(id)}
        >
          {title}
          {id === 'events' && <OpenAlerts />}
        </button>
      ))}
    </div>
  );
}

function OpenAlerts() {
  if (openAlerts.value.length === 0) return null;
  return (
    <span class="badge" aria-hidden="true">
      {shownAlerts()}
    </span>
  );
}

function shownAlerts(): string {
  const { length } = openAlerts.value;
  return length < MOST_OPEN ? String(length) : `${MOST_OPEN - 1}+`;
}

function Setting() {
  if (about.value === null) return null;
  const { broker, model, topics, version } = about.value;
  const modelName =
    model === null ? 'no model yet' : `${model.name} v${model.version} · ${model.runtime} ${model.precision}`;
  return (
    <span class="setting" title={`stream-infer ${version}, model ${modelName}`}>
      {broker} · {topics.input} → {topics.output}
    </span>
  );
}

function Status() {
  const state = connection.value === 'live' && paused.value ? 'paused' : connection.value;
  // The broker's state takes its place: the page can only show that while it is connected.
  if (state === 'live' && brokerTrouble.value !== null) return null;
  return (
    <span class={`status is-${state}`} role="status">
      <i aria-hidden="true" />
      {state === 'paused' ? 'Paused' : STATES[state]}
    </span>
  );
}
