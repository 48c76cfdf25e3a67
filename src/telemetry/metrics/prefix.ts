/** Prefix of all metrics except Node's own. */
export const PREFIX = 'stream_infer_';
