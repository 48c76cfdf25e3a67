import type { BrokerKind } from './message';

/** Differences between the brokers that the rest of the program has to know. */
export interface BrokerTraits {
  /** Whether it runs inside this process and ends with it: then nothing of it is kept, and no other process sees it. */
  readonly livesInProcess: (embedded: boolean) => boolean;
  /**
   * Keeps the position of readers: a group with an offset in each partition, or a subscription. A subscription has to
   * exist before a message is published.
   */
  readonly readsBy: 'group' | 'subscription';
  /** Prefix of header names in CloudEvents binary mode: `ce_` in its Kafka binding, `ce-` elsewhere. */
  readonly headerPrefix: 'ce_' | 'ce-';
  /** Variable with the address of an emulator, where creating topics affects nobody else. */
  readonly emulator: string | null;
}

export const BROKER_TRAITS: Readonly<Record<BrokerKind, BrokerTraits>> = {
  memory: { livesInProcess: () => true, readsBy: 'group', headerPrefix: 'ce_', emulator: null },
  kafka: { livesInProcess: (embedded) => embedded, readsBy: 'group', headerPrefix: 'ce_', emulator: null },
  pubsub: {
    livesInProcess: () => false,
    readsBy: 'subscription',
    headerPrefix: 'ce-',
    emulator: 'PUBSUB_EMULATOR_HOST',
  },
};

/** Whether to create missing topics by default: only where no other system can be affected. */
export function createsTopicsByDefault(
  kind: BrokerKind,
  embedded: boolean,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const { livesInProcess, emulator } = BROKER_TRAITS[kind];
  return livesInProcess(embedded) || (emulator !== null && Boolean(env[emulator]));
}
