import type { JSX } from 'preact';
import { Detail } from './components/detail';
import { Header } from './components/header';
import { PauseBanner } from './components/pause-banner';
import { Locked } from './components/locked';
import { Shortcuts } from './components/shortcuts';
import { route, TABS, type TabId } from './route';
import { connection } from './state';
import { DeadLetters } from './tabs/dead-letters';
import { Events } from './tabs/events';
import { Labels } from './tabs/labels';
import { Live } from './tabs/live';
import { Models } from './tabs/models';
import { Predictions } from './tabs/predictions';
import { Publish } from './tabs/publish';
import { Quality } from './tabs/quality';
import { System } from './tabs/system';
import { TryIt } from './tabs/try-it';

const PANELS: Record<TabId, () => JSX.Element> = {
  live: Live,
  predictions: Predictions,
  quality: Quality,
  models: Models,
  publish: Publish,
  'try-it': TryIt,
  events: Events,
  'dead-letters': DeadLetters,
  system: System,
  labels: Labels,
};

export function App() {
  const { tab } = route.value;
  const Panel = PANELS[tab];
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <PauseBanner />
      <main id="main" tabIndex={-1}>
        {connection.value === 'locked' ? (
          <Locked />
        ) : (
          TABS.map(({ id }) => (
            <section
              key={id}
              id={`panel-${id}`}
              role="tabpanel"
              aria-labelledby={`tab-${id}`}
              hidden={id !== tab}
            >
              {id === tab && <Panel />}
            </section>
          ))
        )}
      </main>
      <Detail />
      <Shortcuts />
    </>
  );
}
