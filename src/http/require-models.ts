import { StreamInferError } from '../core/errors';
import type { ModelDescription } from '../core/model-description';
import type { ModelIdentity } from '../core/prediction';
import type { HttpServices, ModelsService } from './services';

/** The versions of the active model. Throws MODEL_ELSEWHERE as `assertHostsModel` does, NOT_READY while it is loading. */
export function requireModels(services: HttpServices): ModelsService {
  assertHostsModel(services);
  return services.models() ?? failLoading();
}

/** The active model. Throws MODEL_ELSEWHERE as `assertHostsModel` does, NOT_READY while it is loading. */
export function requireModel(services: HttpServices): ModelIdentity {
  assertHostsModel(services);
  return services.model() ?? failLoading();
}

/** Images and scores of the active model. Throws as `requireModel` does. */
export function requireDescription(services: HttpServices): ModelDescription {
  assertHostsModel(services);
  return services.modelDescription() ?? failLoading();
}

/** Throws MODEL_ELSEWHERE in a process that never has a model, so that no client waits for one. */
export function assertHostsModel({ modelElsewhere }: HttpServices): void {
  if (modelElsewhere !== null) throw new StreamInferError('MODEL_ELSEWHERE', modelElsewhere);
}

function failLoading(): never {
  throw new StreamInferError('NOT_READY', 'the model is loading; try again shortly');
}
