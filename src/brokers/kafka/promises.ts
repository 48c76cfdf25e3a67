/** User properties that would break a delivery guarantee. */
import { throwIfAny } from './issues';

interface Rule {
  readonly keys: readonly string[];
  /** Accepted values; none means that the user may never set the property. */
  readonly allowed?: readonly string[];
  readonly remedy: string;
}

const TRUE = ['true', 't', '1'];
const FALSE = ['false', 'f', '0'];

const RULES: readonly Rule[] = [
  {
    keys: ['enable.auto.offset.store'],
    allowed: FALSE,
    remedy: 'offsets must be stored only after the predictions are confirmed; remove it',
  },
  {
    keys: ['enable.auto.commit', 'auto.commit.enable'],
    allowed: TRUE,
    remedy: 'stored offsets would never be committed; remove it',
  },
  {
    keys: ['auto.commit.interval.ms'],
    remedy: 'it determines the number of duplicates after a crash and is fixed at 200 ms; remove it',
  },
  { keys: ['enable.idempotence'], allowed: TRUE, remedy: 'retries would publish twice; remove it' },
  {
    keys: ['acks', 'request.required.acks'],
    allowed: ['all', '-1'],
    remedy: 'a confirmed prediction could be lost; use acks=all',
  },
  {
    keys: ['isolation.level'],
    allowed: ['read_committed'],
    remedy: 'messages of aborted transactions would be read; remove it',
  },
  {
    keys: ['partition.assignment.strategy'],
    allowed: ['cooperative-sticky'],
    remedy: 'only incremental rebalances are supported; use cooperative-sticky',
  },
  {
    keys: ['auto.offset.reset', 'enable.partition.eof'],
    remedy: 'it is set for each reader; use the option "from" instead',
  },
  {
    keys: ['check.crcs'],
    allowed: FALSE,
    // rdkafka_msgset_reader.c then seeks by a length instead of a position, and reads an offset from arbitrary bytes.
    remedy: 'librdkafka (2.15) loses its place in the partition after a damaged batch; remove it',
  },
  { keys: ['group.id'], remedy: 'use --group (input.group in the configuration file)' },
  { keys: ['group.instance.id'], remedy: 'it is the instance id; use --instance-id' },
  { keys: ['transactional.id'], remedy: 'stream-infer sets it itself where it uses transactions; remove it' },
  {
    keys: ['statistics.interval.ms'],
    remedy: 'the connection status depends on the statistics; remove it',
  },
  { keys: ['test.mock.num.brokers'], remedy: 'use --embedded' },
  {
    keys: [
      'dr_cb',
      'dr_msg_cb',
      'event_cb',
      'rebalance_cb',
      'offset_commit_cb',
      'queue_non_empty_cb',
      'oauthbearer_token_refresh_cb',
    ],
    remedy: 'it is a callback, not a value; remove it',
  },
];

/** The remedy for a property that would break a delivery guarantee; undefined for all others. */
export function brokenPromise(key: string, value: string): string | undefined {
  const rule = RULES.find(({ keys }) => keys.includes(key));
  return rule?.allowed?.includes(value.toLowerCase()) ? undefined : rule?.remedy;
}

/** Throws CONFIG_INVALID with every key, value and remedy of properties that would break a delivery guarantee. */
export function assertKeepsPromises(properties: Readonly<Record<string, string>>): void {
  const issues = Object.entries(properties).flatMap(([key, value]) => {
    const remedy = brokenPromise(key, value);
    return remedy === undefined ? [] : [`${key}=${value}: ${remedy}`];
  });
  throwIfAny('Kafka properties that break a delivery guarantee', issues);
}
