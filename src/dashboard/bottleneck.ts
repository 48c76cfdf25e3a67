import type { StatsFrame } from '../http/schemas/stats';
import { count, milliseconds, percent } from './format';

export interface Verdict {
  readonly tone: 'good' | 'idle' | 'busy' | 'bad';
  readonly headline: string;
  readonly detail: string;
}

export interface Situation {
  readonly stats: StatsFrame;
  readonly lag: number;
}

const BUSY_WORKERS = 0.85;
const LATE_LOOP_MS = 50;

/** The one line that names what holds the stream up. */
export function findBottleneck({ stats, lag }: Situation): Verdict {
  const { health, activity, latency, rate } = stats;
  if (!health.ready) return broken('Not ready', health.reasons.join(' ') || 'The process is starting.');
  if (health.source.state !== 'up')
    return broken('No messages', health.source.reason ?? 'The source is not connected.');
  if (health.sink.state !== 'up')
    return broken('Cannot publish', health.sink.reason ?? 'The sink is not connected.');

  const busy = `workers ${percent(activity.workerUtilization)} busy`;
  const waiting = lag + activity.queued.stream;
  if (rate.last1s === 0 && waiting === 0 && activity.inFlight === 0) {
    return { tone: 'idle', headline: 'Idle', detail: 'Nothing arrives and nothing waits.' };
  }
  if (activity.workerUtilization >= BUSY_WORKERS) {
    const remedy = 'More workers or more processes would go faster.';
    return { tone: 'busy', headline: 'Inference sets the pace', detail: `${capital(busy)}. ${remedy}` };
  }
  if (activity.eventLoopDelayMs >= LATE_LOOP_MS) {
    const late = `its event loop is ${milliseconds(activity.eventLoopDelayMs)} late (p99)`;
    return { tone: 'busy', headline: 'The main thread sets the pace', detail: `${capital(late)}; ${busy}.` };
  }
  // A few messages always lie between broker and reader; only a second's worth is a backlog.
  if (waiting > Math.max(100, rate.last1s)) {
    const slow = latency.publish.p50 > latency.queue.p50 + latency.inference.p50;
    return slow
      ? {
          tone: 'busy',
          headline: 'Publishing sets the pace',
          detail: `The broker takes ${milliseconds(latency.publish.p50)} to confirm (median); ${busy}.`,
        }
      : {
          tone: 'busy',
          headline: 'Reading sets the pace',
          detail: `${count(waiting)} messages wait while ${busy}.`,
        };
  }
  return {
    tone: 'good',
    headline: 'Keeping up',
    detail: `The input sets the pace; ${busy}, nothing piles up.`,
  };
}

function broken(headline: string, detail: string): Verdict {
  return { tone: 'bad', headline, detail };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
