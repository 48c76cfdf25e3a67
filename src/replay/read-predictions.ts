import { decodePrediction } from '../codec/decode-prediction';
import type { TopicScan } from '../core/topic-scan';
import type { PredictionColumns } from './columns';

/** Reads predictions into their columns until each message has one or the topic ends. */
export async function readPredictions(
  scan: TopicScan,
  columns: PredictionColumns,
  signal: AbortSignal,
): Promise<void> {
  while (!columns.full) {
    const deliveries = await scan.next(signal);
    if (deliveries.length === 0) return;
    for (const { value } of deliveries) {
      // Other programs may write into the topic, too.
      const read = decodePrediction(value);
      if ('value' in read) columns.put(read.value);
    }
  }
}
