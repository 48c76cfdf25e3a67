import { dateAndTime } from '../format';
import { stats } from '../state';

/** Shown on every tab while an operator has paused the stream. */
export function PauseBanner() {
  const paused = stats.value?.health.paused;
  if (paused === undefined) return null;
  const { by, via, since, reason } = paused;
  return (
    <div class="pause-banner" role="status">
      <p>
        <strong>Stream paused</strong> by {by} ({via}) since {dateAndTime(since)}
        {reason !== '' && `: ${reason}`}. No messages are taken from the broker.{' '}
        <a href="#/system">Steering</a>
      </p>
    </div>
  );
}
