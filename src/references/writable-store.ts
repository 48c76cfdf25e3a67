/** A store in which originals of events are kept. */
export interface WritableStore {
  /** Rejects with the error of the store. */
  put(bucket: string, key: string, bytes: Buffer, contentType: string, signal: AbortSignal): Promise<void>;
}
