import { run } from './run';
import type { Scenario } from './scenario';

/** Runs for one failing scenario. */
const MOST_RUNS = 200;

/** A smaller scenario that still breaks a promise: without faults and images that do not matter. */
export async function shrink(scenario: Scenario): Promise<Scenario> {
  let smallest = scenario;
  let runs = 0;
  const fails = async (candidate: Scenario): Promise<boolean> => {
    if (++runs > MOST_RUNS || (await run(candidate)).violation === null) return false;
    smallest = candidate;
    return true;
  };
  for (let isSmaller = true; isSmaller && runs <= MOST_RUNS;) {
    isSmaller = false;
    for (const candidate of smallerOnes(smallest)) {
      isSmaller = await fails(candidate);
      if (isSmaller) break;
    }
  }
  return smallest;
}

function* smallerOnes(scenario: Scenario): Generator<Scenario> {
  const { faults, images, members, partitions, canary } = scenario;
  for (const i of faults.keys()) yield { ...scenario, faults: faults.toSpliced(i, 1) };
  for (let size = images.length >> 1; size > 0; size >>= 1)
    for (let from = 0; from < images.length; from += size)
      yield { ...scenario, images: images.toSpliced(from, size) };
  if (members > 1) yield { ...scenario, members: members - 1 };
  if (canary > 0) yield { ...scenario, canary: 0 };
  if (partitions > 1)
    yield {
      ...scenario,
      partitions: partitions - 1,
      images: images.map((image) => ({ ...image, partition: Math.min(image.partition, partitions - 2) })),
    };
}
