/** Steering of a stream that is not there: it pauses, limits and seeks without a broker. */
import { Intake } from '../../src/pipeline/intake';
import { AuditLog } from '../../src/steering/audit-log';
import { StreamSteering } from '../../src/steering/stream-steering';
import { createFakeServices, SILENT_LOG, type FakeServices } from './services';

const workers = {
  state: () => ({ now: 2, most: 4, mode: 'auto' as const }),
  set: async (n: number | 'auto') => (n === 'auto' ? 2 : n),
};

export function createSteered() {
  const pipeline = { intake: new Intake(undefined, () => undefined), inFlight: { messages: 0, bytes: 0 } };
  const steering = new StreamSteering({
    audit: new AuditLog(null, SILENT_LOG),
    stream: () => ({
      pipeline,
      source: { seek: async () => [{ topic: 'images', partition: 3, from: null, to: 7 }] },
    }),
    workers,
    isStopping: () => false,
    drain: () => undefined,
    maxLeased: () => 1,
    log: SILENT_LOG,
  });
  return { pipeline, steering };
}

/** Services of a process with that steering. */
export function createSteeredServices({
  steering,
}: Pick<ReturnType<typeof createSteered>, 'steering'>): FakeServices {
  const services = createFakeServices({ steering });
  const fake = services.health;
  services.health = () => ({ ...fake(), ...(steering.paused && { paused: steering.paused }) });
  return services;
}
