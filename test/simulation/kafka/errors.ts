/** An error as the add-on reports it. */
export interface NativeError {
  readonly message: string;
  readonly code: number;
  readonly isFatal: boolean;
  readonly isRetriable: boolean;
  readonly isTxnRequiresAbort: boolean;
}

const error = (code: number, message: string, flags: Partial<NativeError> = {}): NativeError => ({
  message,
  code,
  isFatal: false,
  isRetriable: false,
  isTxnRequiresAbort: false,
  ...flags,
});

/** The errors that the simulated broker and its clients know, with librdkafka's codes. */
export const ERRORS = {
  state: error(-172, 'Local: Erroneous state'),
  transport: error(-195, 'Local: Broker transport failure'),
  timedOut: error(-185, 'Local: Timed out', { isRetriable: true }),
  queueFull: error(-184, 'Local: Queue full'),
  messageTimedOut: error(-192, 'Local: Message timed out'),
  tooLarge: error(10, 'Broker: Message size too large', { isTxnRequiresAbort: true }),
  idempotenceLost: error(-150, 'Local: Fatal error', { isFatal: true }),
  fencedInstance: error(82, 'Static consumer fenced by other consumer with same group.instance.id', {
    isFatal: true,
  }),
  illegalGeneration: error(22, 'Broker: Specified group generation id is not valid', {
    isTxnRequiresAbort: true,
  }),
  fencedProducer: error(-144, 'Local: This instance has been fenced by a newer instance', { isFatal: true }),
  invalidState: error(-150, 'Broker: Producer attempted a transactional operation in an invalid state', {
    isFatal: true,
  }),
} as const;
