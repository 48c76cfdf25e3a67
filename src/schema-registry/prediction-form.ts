/** Predictions in one of these formats. */
export interface PredictionCodec {
  /** Of a prediction in JSON: what follows the id of the schema. */
  encode(json: Buffer): Buffer;
  /** The inverse; throws Error for other bytes. */
  decode(bytes: Buffer): Buffer;
}
