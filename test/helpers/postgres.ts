/** A private PostgreSQL server of Debian's package, on a loopback port, with a temporary data folder. */
import { execFileSync, spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port';
import { requirePart } from './parts';

export const PASSWORD = 'pass-word-1';
const START_MS = 60_000;

interface User {
  readonly uid: number;
  readonly gid: number;
}

export class PostgresServer {
  #server: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly bin: string,
    /** The server refuses to run as root. */
    private readonly user: User | null,
  ) {}

  /** A running server; its users must give their password. */
  static async create(): Promise<PostgresServer> {
    const bin = requirePart('postgres');
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-postgres-'));
    const user = process.getuid?.() === 0 ? userOfPackage() : null;
    if (user) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o700);
    const server = new PostgresServer(folder, await freePort(), bin, user);
    const password = join(folder, 'password');
    server.#run('sh', ['-c', 'cat > "$0"', password], Buffer.from(PASSWORD));
    server.#run(join(bin, 'initdb'), [
      ...['-D', server.#data, '-U', 'app', '-A', 'scram-sha-256', '--pwfile', password],
      ...['-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'],
    ]);
    await server.start();
    return server;
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  /** Name of a new, empty database. */
  async createDatabase(name = `db_${Math.random().toString(36).slice(2)}`): Promise<string> {
    await this.query('postgres', `CREATE DATABASE ${name}`);
    return name;
  }

  url(database: string, parameters = ''): string {
    return `postgres://app:${PASSWORD}@127.0.0.1:${this.port}/${database}${parameters}`;
  }

  async query<T = Record<string, unknown>>(database: string, sql: string): Promise<T[]> {
    const client = new Client({ connectionString: this.url(database), connectionTimeoutMillis: 5_000 });
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }

  async start(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.folder,
      shared_buffers: '16MB',
      // Only a crash of the machine would lose something.
      fsync: 'off',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const program = join(this.bin, 'postgres');
    this.#server = spawn(program, ['-D', this.#data, ...args], { stdio: 'ignore', cwd: '/', ...this.user });
    const end = Date.now() + START_MS;
    for (;;) {
      const isUp = await this.query('postgres', 'SELECT 1').then(
        () => true,
        () => false,
      );
      if (isUp) return;
      if (Date.now() > end) throw new Error('PostgreSQL does not start');
      await sleep(100);
    }
  }

  /** Paths of PEM files. */
  async useCertificate(certificate: string, key: string): Promise<void> {
    for (const [from, name] of [
      [certificate, 'server.crt'],
      [key, 'server.key'],
    ] as const)
      this.#run('sh', ['-c', 'umask 077; cat > "$0"', join(this.#data, name)], readFileSync(from));
    await this.query('postgres', "ALTER SYSTEM SET ssl = 'on'");
    await this.query('postgres', 'SELECT pg_reload_conf()');
  }

  /** All processes of the server at once, as after a crash of its machine. */
  async kill(): Promise<void> {
    const ended = this.#server && once(this.#server, 'exit');
    this.#signal('SIGKILL');
    await ended;
    this.#server = null;
  }

  /** Its connections stay open, but nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  async close(): Promise<void> {
    if (this.#server) {
      this.thaw();
      await this.kill();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** To the first process and those of its connections, which SIGKILL and SIGSTOP would not reach through it. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#server?.pid;
    if (pid === undefined) return;
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    for (const one of [pid, ...stdout.split(/\s+/).filter(Boolean)])
      try {
        process.kill(Number(one), signal);
      } catch {
        // It has ended meanwhile.
      }
  }

  #run(program: string, args: readonly string[], input = Buffer.alloc(0)): void {
    const stdio: StdioOptions = ['pipe', 'ignore', 'pipe'];
    execFileSync(program, args, { cwd: '/', input, stdio, timeout: START_MS, ...this.user });
  }
}

/** Created by Debian's package. */
function userOfPackage(): User {
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
  );
  return { uid, gid };
}
