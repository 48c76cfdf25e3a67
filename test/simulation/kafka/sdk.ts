import type { NativeSdk } from '../../../src/brokers/kafka/native';
import type { Host } from './cluster';
import { SimulatedConsumer } from './consumer';
import { SimulatedProducer } from './producer';

/** The add-on as one process sees it. */
export function simulatedSdk(host: Host): NativeSdk {
  return {
    features: [],
    KafkaConsumer: SimulatedConsumer.bind(null, host),
    Producer: SimulatedProducer.bind(null, host),
  } as unknown as NativeSdk;
}
