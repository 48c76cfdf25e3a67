import type { ProcessContext } from '../composition/context';
import { isFashionMnist, type ModelShape } from '../core/model-shape';
import type { Broker } from '../core/ports';
import { startDemo } from '../demo/demo';
import type { StreamLoad } from './stream-load';

const NO_DEMO_IMAGES =
  "no demo images are published: they are Fashion-MNIST's, which this model does not take; " +
  'send your own on the page, or with POST /api/v1/classify';

/** Publishes test images until the process ends, if the model takes them. */
export async function startDemoImages(
  { config, log, tracing, releasers }: ProcessContext,
  broker: Broker,
  shape: ModelShape,
  load: StreamLoad,
): Promise<void> {
  if (!isFashionMnist(shape)) return log.warn({}, NO_DEMO_IMAGES);
  const demo = await startDemo({ broker, config, tracing, log, lag: () => load.lag });
  releasers.add('demo publisher', () => demo.close());
}
