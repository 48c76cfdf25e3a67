import { StreamInferError } from '../core/errors';
import type { HttpServices, ModelsService } from './services';

/** The versions of the active model. Throws NOT_READY while no model is loaded. */
export function requireModels(services: HttpServices): ModelsService {
  const models = services.models();
  if (models === null) throw new StreamInferError('NOT_READY', 'The model is loading; try again shortly.');
  return models;
}
