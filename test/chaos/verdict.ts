/** Counts outcomes by id and input position from the final contents of the topics. */
export interface Input {
  readonly id: number;
  readonly partition: number;
  readonly offset: number;
}

/** A prediction or a dead letter, with the position of its input. */
export interface Outcome {
  readonly id: number;
  readonly partition: number;
  readonly offset: number;
}

export interface Verdict {
  /** Inputs without an outcome. */
  readonly missing: readonly Input[];
  /** Outcomes beyond the first of an input. */
  readonly duplicates: readonly Outcome[];
  /** Outcomes of inputs that do not exist, or with the id of another input. */
  readonly unasked: readonly Outcome[];
  /** Messages of a deleted topic that have no outcome; their outcomes are not judged. */
  readonly excused: number;
}

/**
 * @param inputs everything the input topic holds
 * @param firstJudged smaller ids were published to a topic that has been deleted since
 */
export function judge(inputs: readonly Input[], outcomes: readonly Outcome[], firstJudged = 0): Verdict {
  const counts = new Map(inputs.map((input) => [placeOf(input), 0]));
  const before = new Set<number>();
  const duplicates: Outcome[] = [];
  const unasked: Outcome[] = [];
  for (const outcome of outcomes) {
    if (outcome.id < firstJudged) {
      before.add(outcome.id);
      continue;
    }
    const place = placeOf(outcome);
    const count = counts.get(place);
    if (count === undefined) unasked.push(outcome);
    else {
      counts.set(place, count + 1);
      if (count > 0) duplicates.push(outcome);
    }
  }
  const missing = inputs.filter((input) => counts.get(placeOf(input)) === 0);
  return { missing, duplicates, unasked, excused: firstJudged - before.size };
}

function placeOf({ id, partition, offset }: Input): string {
  return `${partition}/${offset}/${id}`;
}
