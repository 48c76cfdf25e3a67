import { requireModels } from '../require-models';
import type { Health, HttpServices } from '../services';
import { mergeMetrics } from './merge-metrics';

export interface NamedServices {
  readonly name: string;
  readonly services: HttpServices;
}

/**
 * The process as a whole: ready when all models are, with the metrics of all. Everything else is that of the default
 * model, the first one.
 */
export function commonServices(models: readonly NamedServices[]): HttpServices {
  const { services } = models[0] as NamedServices;
  return {
    ...services,
    health: () => commonHealth(models),
    canClassify: () => models.every((one) => one.services.canClassify()),
    allModels: () => models.map((one) => requireModels(one.services)),
    metrics: async () => {
      const all = await Promise.all(models.map((one) => one.services.metrics()));
      const { contentType } = all[0] as (typeof all)[0];
      return { contentType, text: mergeMetrics(all.map(({ text }) => text)) };
    },
  };
}

function commonHealth(models: readonly NamedServices[]): Health {
  const each = models.map(({ name, services }) => ({ name, health: services.health() }));
  return {
    ...(each.find(({ health }) => !health.ready)?.health ?? (models[0] as NamedServices).services.health()),
    ready: each.every(({ health }) => health.ready),
    reasons: each.flatMap(({ name, health }) => health.reasons.map((reason) => `Model ${name}: ${reason}`)),
    models: each.map(({ name, health: { ready, reasons } }) => ({ name, ready, reasons })),
  };
}
