import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import { isFashionMnist, type ModelShape } from '../../core/model-shape';
import { storePath } from '../../setup/results-store';

/** Throws CONFIG_INVALID: pages and tables with the classes of Fashion-MNIST would show other models wrongly. */
export function assertDashboardSupports(shape: ModelShape, config: Config): void {
  if (isFashionMnist(shape)) return;
  if (!config.http.enabled && storePath(config) === null && config.alerts.length === 0) return;
  const { height, width, labels } = shape;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `the model sees ${height} × ${width} pixels and tells ${labels.length} classes apart (${labels.slice(0, 3).join(', ')} …); ` +
      'the page, the results store and the rules for alerts know those of Fashion-MNIST only: ' +
      'add --no-http and --store none, and leave alerts out',
  );
}
