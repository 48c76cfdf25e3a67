import { CustomClient } from './custom';
import { OpenInferenceClient } from './open-inference';
import type { ProtocolClient, RemoteModel } from './server-model';
import type { RemoteSettings } from './settings';
import { TensorFlowServingClient } from './tensorflow-serving';

export function clientOf(settings: RemoteSettings, model: RemoteModel): ProtocolClient {
  switch (settings.protocol) {
    case 'open-inference':
      return new OpenInferenceClient(settings, model);
    case 'tensorflow-serving':
      return new TensorFlowServingClient(settings, model);
    case 'custom':
      return new CustomClient(settings, model);
  }
}
