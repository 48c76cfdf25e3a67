import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { MessageSink } from '../core/ports';

/** Invalid messages as they occur in practice; each becomes a dead letter with a different code. */
const INVALID_SAMPLES: readonly (readonly [contentType: string | null, value: Buffer])[] = [
  [null, Buffer.from('This is a sentence, not an image.')],
  // A truncated PNG file.
  ['image/png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ['application/json', Buffer.from('{"picture": "sent under a wrong name"}')],
  [null, Buffer.alloc(0)],
  ['image/gif', Buffer.from('GIF89a')],
];

export interface InvalidSamplesPublication {
  readonly sink: Pick<MessageSink, 'publish'>;
  readonly topic: string;
  /** Messages per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** Awaited before each message. */
  readonly waitForRoom: () => Promise<void>;
}

/** Publishes invalid samples in turn until `signal` aborts. */
export async function publishInvalidSamples({
  sink,
  topic,
  rate,
  signal,
  waitForRoom,
}: InvalidSamplesPublication): Promise<void> {
  for (let sent = 0; ; sent++) {
    await sleep(1000 / rate, undefined, { signal }).catch(() => undefined);
    await waitForRoom();
    if (signal.aborted) return;
    const [refused] = await sink.publish(topic, [toMessage(sent)]);
    if (refused) throw new StreamInferError('PUBLISH_FAILED', refused.reason);
  }
}

function toMessage(number: number): OutgoingMessage {
  const [contentType, value] = INVALID_SAMPLES[
    number % INVALID_SAMPLES.length
  ] as (typeof INVALID_SAMPLES)[number];
  return {
    key: null,
    value,
    headers: [
      ...(contentType === null ? [] : ([['content-type', contentType]] as const)),
      ['demo', 'invalid sample'],
    ],
  };
}
