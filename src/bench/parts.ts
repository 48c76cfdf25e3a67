/** The measurements of `bench`; all by default. The floor needs the throughput and includes the ceiling. */
export const BENCH_PARTS = ['ceiling', 'throughput', 'floor', 'latency'] as const;
export type BenchPart = (typeof BENCH_PARTS)[number];

/** The partitions of a topic in the memory broker and in the embedded Kafka. */
export const BUILT_IN_PARTITIONS = 4;
