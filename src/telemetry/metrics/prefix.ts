/** Of all metrics but Node's own. */
export const PREFIX = 'stream_infer_';
