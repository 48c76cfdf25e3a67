import type { PartitionLag } from '../core/ports';
import { findBottleneck } from './bottleneck';
import type { HttpServices } from './services';
import type { ModelFrame, StatsFrame } from './schemas/stats';

/** @param lag as given by `services`, which copies it for each call */
export function toStatsFrame(services: HttpServices, lag: readonly PartitionLag[]): StatsFrame {
  const latencyGoal = services.latencyGoal?.() ?? null;
  const cache = services.resultCache?.() ?? null;
  const stats = {
    ...services.results.stats(),
    at: Date.now(),
    activity: services.activity(),
    health: services.health(),
    store: services.results.status(),
    ...(latencyGoal && { latencyGoal }),
    ...(cache && { cache }),
    ...(services.steering && { steering: services.steering.state() }),
  };
  return { ...stats, bottleneck: findBottleneck({ stats, lag: totalLag(lag) }) };
}

/** null: unknown. */
export function totalLag(partitions: readonly PartitionLag[]): number | null {
  return partitions.length === 0 ? null : partitions.reduce((sum, { messages }) => sum + messages, 0);
}

export function toModelFrame(services: HttpServices): ModelFrame {
  const { version, broker, topics, served } = services;
  return { version, broker, topics, model: services.model(), ...(served && { models: [...served] }) };
}
