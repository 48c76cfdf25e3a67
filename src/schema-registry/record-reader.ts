import type { RecordFields } from './field-mapping';
import type { Framed } from './frame';

/** Reads the records of one schema. */
export interface RecordReader {
  /** The record where it is an envelope that the workers open. */
  envelopeIn?(framed: Framed): Buffer | undefined;
  /** Throws an Error where the bytes do not fit the schema. */
  read(framed: Framed): RecordFields;
}
