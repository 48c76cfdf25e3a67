import type { SchemaFormat } from '../core/output-form';
import type { Delivery } from '../core/message';
import type { Broker } from '../core/ports';
import { framedIn } from './frame';
import { createPredictionCodec } from './prediction-codec';
import type { PredictionCodec } from './prediction-form';

/** The readers of this topic receive JSON, in whatever of these formats the predictions are. Returns the same broker. */
export async function withPlainPredictions(
  broker: Broker,
  topic: string,
  format: SchemaFormat,
): Promise<Broker> {
  const codec = await createPredictionCodec(format);
  const createSource = broker.createSource.bind(broker);
  broker.createSource = (options) => {
    const source = createSource(options);
    if (options.topic !== topic) return source;
    const receive = source.receive.bind(source);
    source.receive = async (max, signal) => toPlain(await receive(max, signal), codec);
    return source;
  };
  const createScan = broker.createScan.bind(broker);
  broker.createScan = (options) => {
    const scan = createScan(options);
    if (options.topic !== topic) return scan;
    const next = scan.next.bind(scan);
    scan.next = async (signal) => toPlain(await next(signal), codec);
    return scan;
  };
  return broker;
}

/** In place: a source recognizes its deliveries when they are settled. */
function toPlain<List extends readonly Delivery[]>(deliveries: List, codec: PredictionCodec): List {
  for (const delivery of deliveries) {
    const value = delivery.value && plainValue(delivery.value, codec);
    (delivery as { value: Buffer | null }).value = value;
  }
  return deliveries;
}

/** Values of other programs stay as they are; their readers report them. */
function plainValue(value: Buffer, codec: PredictionCodec): Buffer {
  const framed = framedIn(value, []);
  if (framed === null) return value;
  try {
    return codec.decode(framed.rest);
  } catch {
    return value;
  }
}
