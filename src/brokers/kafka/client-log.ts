import type { Log } from '../../core/ports';

/** An offset that is out of range is only logged by librdkafka; messages were deleted unread, or are read again. */
export function logLine(librdkafka: string | undefined, log: Log): void {
  if (librdkafka?.includes('Offset out of range') === true)
    log.warn(
      { librdkafka },
      'the offset to resume from no longer exists (retention, or topic recreated); reading from the oldest message',
    );
  else log.debug({ librdkafka }, 'kafka consumer logged a line');
}
