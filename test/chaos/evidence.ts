/** What a failing run leaves behind for whoever looks for the cause. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '../../src/core/errors';
import { describeGroup } from '../faults/kafka-admin';
import type { Stage } from '../faults/driver';
import type { Members } from './members';
import type { Plan } from './plan';
import type { Answer } from './samples';

/** What happened when, in seconds since the first message. */
export class Timeline {
  readonly lines: string[] = [];
  readonly #begun = performance.now();
  readonly #clock = Date.now();

  note(what: string): void {
    const seconds = ((performance.now() - this.#begun) / 1_000).toFixed(1).padStart(6);
    this.lines.push(`${new Date().toISOString()} ${seconds} s  ${what}`);
  }

  /** Wall clock of the start, to compare with the logs' `time`, ms since 1970. */
  get startedAt(): number {
    return this.#clock;
  }
}

/** The state of the group and of every running instance, asked while the stall lasts. */
export async function stateOf(
  stage: Stage,
  members: Members,
  ask: (instance: Members['running'][number], path: string) => Promise<Answer>,
): Promise<unknown> {
  const group = await describeGroup(stage.servers, stage.group).catch((error: unknown) => messageOf(error));
  const instances: Record<string, unknown> = {};
  for (const instance of members.running) {
    const [ready, stats] = [await ask(instance, '/readyz'), await ask(instance, '/api/v1/stats')];
    instances[`${instance.name}${instance.life}`] = { ready, stats: parsed(stats.body) };
  }
  return { group, instances };
}

export interface Evidence {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly members: Members;
  readonly state: unknown;
  readonly result: unknown;
}

/** Writes schedule, timeline, state, result, and the log of each process into the folder. */
export function writeEvidence(folder: string, { plan, timeline, members, state, result }: Evidence): void {
  mkdirSync(folder, { recursive: true });
  const json = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(value ?? null, withoutClient, 2)}\n`);
  json('schedule.json', plan);
  json('state.json', state);
  json('result.json', result);
  writeFileSync(join(folder, 'timeline.log'), `${timeline.lines.join('\n')}\n`);
  for (const { name, life, cli } of members.instances)
    writeFileSync(join(folder, `${name}${life}.stderr.log`), cli.stderr);
}

/** Assignments come with buffers of the wire format, which nobody reads. */
function withoutClient(key: string, value: unknown): unknown {
  return key === 'memberMetadata' || key === 'memberAssignmentBytes' ? undefined : value;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
