import { BottleneckLine } from '../components/bottleneck-line';
import { ClassBars } from '../components/class-bars';
import { Figures } from '../components/figures';
import { LagTable } from '../components/lag-table';
import { LoadCharts } from '../components/load-charts';
import { ProcessTable } from '../components/process-table';
import { TileGrid } from '../components/tile-grid';
import type { StatsFrame } from '../../http/schemas/stats';
import { brokerName } from '../format';
import { about, connection, stats } from '../state';
import { anyTile } from '../tiles';

/** Images as they are classified, with rates, latency, lag and load. */
export function Live() {
  const now = stats.value;
  if (now === null) return <Waiting />;
  return (
    <div class="live">
      <BottleneckLine stats={now} />
      <Figures stats={now} />
      <div class="live-main">
        <section class="card" aria-labelledby="images-title">
          <div class="card-head">
            <h2 id="images-title">Just classified</h2>
            <span class="muted">sample; oldest replaced first</span>
          </div>
          <div class="tiles-holder">
            <TileGrid />
            {!anyTile.value && <NothingYet stats={now} />}
          </div>
        </section>
        <div class="live-side">
          <LoadCharts latency={now.latency} />
          <section class="card" aria-labelledby="lag-title">
            <h2 id="lag-title">Lag</h2>
            <LagTable stats={now} />
          </section>
        </div>
      </div>
      <div class="pair">
        <section class="card" aria-labelledby="classes-title">
          <h2 id="classes-title">By class</h2>
          <ClassBars classes={now.classes} />
        </section>
        <section class="card" aria-labelledby="process-title">
          <h2 id="process-title">Process</h2>
          <ProcessTable stats={now} />
        </section>
      </div>
    </div>
  );
}

function NothingYet({ stats: { health } }: { stats: StatsFrame }) {
  if (!health.ready)
    return (
      <div class="empty">
        <p>
          <strong>
            {health.outage === undefined
              ? 'Not ready'
              : `${brokerName(about.value?.broker ?? 'memory')} is down`}
          </strong>
        </p>
        <p class="muted">Classified images appear here as soon as the stream runs.</p>
      </div>
    );
  return (
    <div class="empty">
      <p>
        <strong>Waiting for images</strong>
      </p>
      <p class="muted">Classified images appear here.</p>
      <a class="button primary" href="#/publish">
        Publish images
      </a>
    </div>
  );
}

function Waiting() {
  const lost = connection.value === 'lost';
  return (
    <div class="card lonely" role="status">
      <h2>{lost ? 'The server does not answer' : 'Connecting'}</h2>
      <p class="muted">
        {lost
          ? 'Reconnecting every few seconds. Is stream-infer still running?'
          : 'Waiting for the first numbers.'}
      </p>
    </div>
  );
}
