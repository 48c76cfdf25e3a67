/** Files about a failed run for finding the cause. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '../../src/core/errors';
import { describeGroup } from '../faults/kafka-admin';
import type { Stage } from '../faults/driver';
import type { Members } from './members';
import type { Plan } from './plan';
import type { Answer } from './samples';

/** Events by time, in seconds since the first message. */
export class Timeline {
  readonly lines: string[] = [];
  readonly #begun = performance.now();

  note(what: string): void {
    const seconds = ((performance.now() - this.#begun) / 1_000).toFixed(1).padStart(6);
    this.lines.push(`${new Date().toISOString()} ${seconds} s  ${what}`);
  }
}

/** The state of the group and of every running instance during the stall. */
export async function stateOf(
  stage: Stage,
  partitions: number,
  members: Members,
  ask: (instance: Members['running'][number], path: string) => Promise<Answer>,
): Promise<unknown> {
  const group = await describeGroup(stage.servers, stage.group).catch((error: unknown) => messageOf(error));
  const assigned = typeof group === 'string' ? [] : group.members.flatMap(({ assignment }) => assignment);
  const inNobodysAssignment = Array.from({ length: partitions }, (_, p) => `${stage.input}/${p}`).filter(
    (place) => !assigned.includes(place),
  );
  const instances: Record<string, unknown> = {};
  for (const instance of members.running) {
    const [ready, stats] = [await ask(instance, '/readyz'), await ask(instance, '/api/v1/stats')];
    instances[`${instance.name}${instance.life}`] = { ready, stats: parsed(stats.body) };
  }
  return { group, inNobodysAssignment, instances };
}

export interface Evidence {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly members: Members;
  readonly state: unknown;
  readonly result: unknown;
  /** The end of the broker's log. */
  readonly brokerLog: string;
}

/** Writes schedule, timeline, state, result, and the logs of the broker and of each process into the folder. */
export function writeEvidence(
  folder: string,
  { plan, timeline, members, state, result, brokerLog }: Evidence,
): void {
  mkdirSync(folder, { recursive: true });
  const json = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(value ?? null, null, 2)}\n`);
  json('schedule.json', plan);
  json('state.json', state);
  json('result.json', result);
  writeFileSync(join(folder, 'timeline.log'), `${timeline.lines.join('\n')}\n`);
  writeFileSync(join(folder, 'broker.log'), brokerLog);
  for (const { name, life, cli } of members.instances)
    writeFileSync(join(folder, `${name}${life}.stderr.log`), cli.stderr);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
