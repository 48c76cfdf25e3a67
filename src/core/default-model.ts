/**
 * The default model: the fastest in fp32, which every runtime supports. Version 2 is more accurate, and as fast as
 * this one only in int8.
 */
export const DEFAULT_MODEL = 'fashion-mnist@1';
