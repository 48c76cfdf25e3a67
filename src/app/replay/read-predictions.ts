import type { Prediction } from '../../core/prediction';
import type { TopicScan } from '../../core/topic-scan';
import type { PredictionColumns } from './columns';

/** Puts the predictions that a scan finds into their columns, until each message has one or the topic ends. */
export async function readPredictions(
  scan: TopicScan,
  columns: PredictionColumns,
  signal: AbortSignal,
): Promise<void> {
  while (!columns.full) {
    const deliveries = await scan.next(signal);
    if (deliveries.length === 0) return;
    for (const { value } of deliveries) {
      const prediction = toPrediction(value);
      if (prediction !== undefined) columns.put(prediction);
    }
  }
}

/** undefined for what another program wrote into the topic. */
function toPrediction(value: Buffer | null): Prediction | undefined {
  try {
    const parsed = JSON.parse(String(value)) as Partial<Prediction> | null;
    const isOurs = parsed?.schemaVersion === 1 && parsed.source !== undefined && parsed.model !== undefined;
    return isOurs ? (parsed as Prediction) : undefined;
  } catch {
    return undefined;
  }
}
