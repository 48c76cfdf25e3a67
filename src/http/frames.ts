import type { HttpServices } from './services';
import type { ModelFrame, StatsFrame } from './schemas/stats';

export function toStatsFrame(services: HttpServices): StatsFrame {
  const latencyGoal = services.latencyGoal?.() ?? null;
  return {
    ...services.results.stats(),
    at: Date.now(),
    activity: services.activity(),
    health: services.health(),
    store: services.results.status(),
    ...(latencyGoal && { latencyGoal }),
    ...(services.steering && { steering: services.steering.state() }),
  };
}

export function toModelFrame(services: HttpServices): ModelFrame {
  const { version, broker, topics } = services;
  return { version, broker, topics, model: services.model() };
}
