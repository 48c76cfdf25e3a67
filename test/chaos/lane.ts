/** A Kafka with a proxy in front of its second listener, for one run at a time. */
import { KafkaServer } from '../helpers/kafka';
import { Proxy } from '../helpers/proxy';
import { pause } from '../faults/watch';
import { RESET_EVERY } from './fault';

export class Lane {
  #away = false;
  #aliveSince = performance.now();
  #awaySince = 0;

  private constructor(
    readonly kafka: KafkaServer,
    private readonly proxy: Proxy,
  ) {}

  static async create(): Promise<Lane> {
    const proxy = await Proxy.start();
    const listener = { name: 'PROXIED', protocol: 'PLAINTEXT', advertisedPort: proxy.port } as const;
    const kafka = await KafkaServer.create({}, listener);
    proxy.to(kafka.furtherPort);
    return new Lane(kafka, proxy);
  }

  get servers(): string {
    return this.kafka.bootstrapServers;
  }

  get proxiedServers(): string {
    return `127.0.0.1:${this.proxy.port}`;
  }

  /** Time since the broker started or resumed, ms; 0 during an outage. */
  get brokerAliveMs(): number {
    return this.#away ? 0 : performance.now() - this.#aliveSince;
  }

  /** Duration of the current outage, ms; 0 while the broker is up. */
  get brokerAwayMs(): number {
    return this.#away ? performance.now() - this.#awaySince : 0;
  }

  async freeze(ms: number): Promise<void> {
    this.#leaves();
    this.kafka.signal('SIGSTOP');
    await pause(ms);
    this.kafka.signal('SIGCONT');
    this.#back();
  }

  async endBroker(signal: 'SIGKILL' | 'SIGTERM', awayMs: number): Promise<void> {
    this.#leaves();
    await this.kafka.stop(signal);
    await pause(awayMs);
    await this.kafka.start();
    this.#back();
  }

  async resets(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.proxy.resetAll();
      await pause(RESET_EVERY);
    }
  }

  async blackHole(ms: number): Promise<void> {
    this.proxy.blackHole();
    await pause(ms);
    this.proxy.heal();
  }

  async halfOpen(ms: number): Promise<void> {
    this.proxy.halfOpen();
    await pause(ms);
    this.proxy.heal();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.kafka.close();
  }

  #leaves(): void {
    this.#awaySince = performance.now();
    this.#away = true;
  }

  #back(): void {
    this.#aliveSince = performance.now();
    this.#away = false;
  }
}
