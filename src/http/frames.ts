import { findBottleneck } from './bottleneck';
import type { HttpServices } from './services';
import type { ModelFrame, StatsFrame } from './schemas/stats';

export function toStatsFrame(services: HttpServices): StatsFrame {
  const latencyGoal = services.latencyGoal?.() ?? null;
  const stats = {
    ...services.results.stats(),
    at: Date.now(),
    activity: services.activity(),
    health: services.health(),
    store: services.results.status(),
    ...(latencyGoal && { latencyGoal }),
    ...(services.steering && { steering: services.steering.state() }),
  };
  return { ...stats, bottleneck: findBottleneck({ stats, lag: totalLag(services) }) };
}

/** null: unknown. */
export function totalLag(services: HttpServices): number | null {
  const partitions = services.lag();
  return partitions.length === 0 ? null : partitions.reduce((sum, { messages }) => sum + messages, 0);
}

export function toModelFrame(services: HttpServices): ModelFrame {
  const { version, broker, topics, served } = services;
  return { version, broker, topics, model: services.model(), ...(served && { models: [...served] }) };
}
