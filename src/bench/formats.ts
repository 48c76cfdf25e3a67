/** How a benchmark encodes an image in its message. */
export const BENCH_FORMATS = ['raw', 'jpeg'] as const;
export type BenchFormat = (typeof BENCH_FORMATS)[number];
