/**
 * Static names for group members in this process. Kafka readmits a restarted member at once if its name is the same,
 * and expels the older of two members with one name. So the second member here is `name-2`.
 */
export class InstanceNames {
  readonly #taken = new Map<string, Set<string>>();

  constructor(private readonly instanceId: string) {}

  take(group: string): string {
    const taken = this.#taken.get(group) ?? new Set();
    this.#taken.set(group, taken);
    let name = this.instanceId;
    for (let i = 2; taken.has(name); i++) name = `${this.instanceId}-${i}`;
    taken.add(name);
    return name;
  }

  giveBack(group: string, name: string): void {
    this.#taken.get(group)?.delete(name);
  }
}
