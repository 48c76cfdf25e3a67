import type { Bottleneck, StatsFrame } from '../../http/schemas/stats';
import { count } from '../format';
import { connection, missed, paused, togglePause } from '../state';
import { Icon } from './icons';

/** One line that names the bottleneck, and the pause button. */
export function BottleneckLine({ stats }: { stats: StatsFrame }) {
  const { tone, headline, detail } = verdict(stats);
  return (
    <div class={`line is-${tone}`}>
      <i class="line-dot" aria-hidden="true" />
      <p>
        <strong>{headline}.</strong> {detail}
      </p>
      <button
        type="button"
        class={paused.value ? 'primary' : ''}
        aria-pressed={paused.value}
        onClick={togglePause}
        title="p"
      >
        <Icon name={paused.value ? 'play' : 'pause'} />
        {paused.value ? 'Resume' : 'Pause'}
      </button>
    </div>
  );
}

function verdict(stats: StatsFrame): Bottleneck {
  if (paused.value) {
    return {
      tone: 'idle',
      headline: 'Paused',
      detail: `${count(missed.value)} predictions since; the stream keeps running.`,
    };
  }
  if (connection.value === 'lost') {
    return {
      tone: 'bad',
      headline: 'Disconnected',
      detail: 'Showing the last numbers received; reconnecting.',
    };
  }
  return stats.bottleneck;
}
