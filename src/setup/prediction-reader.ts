/** Most predictions and bytes that a reader of the predictions topic holds at once. */
export const PREDICTION_READER_LIMITS = { maxInFlight: 10_000, maxInFlightBytes: 64 * 1024 * 1024 } as const;
