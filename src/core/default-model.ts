/**
 * The model where none is named: the fastest in fp32, which every runtime has. Version 2 is more exact, and in 8-bit
 * integers as fast as this one in fp32.
 */
export const DEFAULT_MODEL = 'fashion-mnist@1';
