import { layersIn, type LayersNetwork, type ModelFiles } from '../../src/models/files/model';

/** A copy of a model of layers with another topology or other weights. */
export function withLayers(files: ModelFiles, changed: Partial<LayersNetwork>): ModelFiles {
  return { ...files, network: { ...layersIn(files), ...changed } };
}
