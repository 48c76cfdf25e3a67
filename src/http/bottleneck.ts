import type { Bottleneck, StatsFrame } from './schemas/stats';

export interface Situation {
  readonly stats: Omit<StatsFrame, 'bottleneck'>;
  /** null: unknown. */
  readonly lag: number | null;
}

const BUSY_WORKERS = 0.85;
const LATE_LOOP_MS = 50;

/** Names the current bottleneck of the stream. */
export function findBottleneck({ stats, lag }: Situation): Bottleneck {
  const { health, activity, latency, rate } = stats;
  if (health.outage !== undefined) return broken('The broker is down', health.reasons.join(' '));
  if (!health.ready) return broken('Not ready', health.reasons.join(' ') || 'The process is starting.');
  if (health.source.state !== 'up')
    return broken('No messages', health.source.reason ?? 'The source is not connected.');
  if (health.sink.state !== 'up')
    return broken('Cannot publish', health.sink.reason ?? 'The sink is not connected.');
  if (health.paused !== undefined) {
    const { by, via, reason } = health.paused;
    const why = reason === '' ? '' : `: ${reason}`;
    const waiting = lag !== null && lag > 0 ? ` ${count(lag)} messages are waiting.` : '';
    const detail = `By ${by} (${via})${why}.${waiting}`;
    return { tone: 'idle', headline: 'Stream paused', detail };
  }

  const busy = `workers ${percent(activity.workerUtilization)} busy`;
  const waiting = (lag ?? 0) + activity.queued.stream;
  if (rate.last1s === 0 && waiting === 0 && activity.inFlight === 0) {
    return {
      tone: 'idle',
      headline: 'Idle',
      detail: lag === null ? 'No messages are arriving.' : 'No messages are arriving or waiting.',
    };
  }
  if (activity.workerUtilization >= BUSY_WORKERS) {
    const remedy = 'Add workers or processes to go faster.';
    return { tone: 'busy', headline: 'Inference is the bottleneck', detail: `${capital(busy)}. ${remedy}` };
  }
  if (activity.eventLoopDelayMs >= LATE_LOOP_MS) {
    const late = `event-loop delay ${milliseconds(activity.eventLoopDelayMs)} (p99)`;
    return {
      tone: 'busy',
      headline: 'The main thread is the bottleneck',
      detail: `${capital(late)}; ${busy}.`,
    };
  }
  // A few messages are always in transit; only more than one second of them is a backlog.
  if (waiting > Math.max(100, rate.last1s)) {
    const slow = latency.publish.p50 > latency.queue.p50 + latency.inference.p50;
    return slow
      ? {
          tone: 'busy',
          headline: 'Publishing is the bottleneck',
          detail: `The broker confirms after ${milliseconds(latency.publish.p50)} (median); ${busy}.`,
        }
      : {
          tone: 'busy',
          headline: 'Reading is the bottleneck',
          detail: `${count(waiting)} messages are waiting; ${busy}.`,
        };
  }
  return {
    tone: 'good',
    headline: 'Keeping up',
    detail: lag === null ? `${capital(busy)}.` : `No backlog; ${busy}.`,
  };
}

function broken(headline: string, detail: string): Bottleneck {
  return { tone: 'bad', headline, detail };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** Never rounded up to 100%. */
function percent(share: number): string {
  return `${share < 1 ? Math.min(99, Math.round(100 * share)) : 100}%`;
}

function milliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
