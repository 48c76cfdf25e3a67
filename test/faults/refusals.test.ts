/** Kafka rejects the client: wrong password, wrong certificate, missing permissions. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { python } from '../helpers/python';
import { PATIENCE, Stage } from './driver';
import { endsWell, saysWhy } from './watch';

jest.setTimeout(3 * PATIENCE);

const PASSWORD = 'correct-horse-battery-staple';
const WRONG = 'wrong-horse-battery-staple';
const JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

describeWith(['java', 'maven', 'kafka-addon', 'python'], 'a Kafka that refuses', () => {
  let kafka: KafkaServer;
  let stage: Stage;
  let secured: { servers: string };

  beforeAll(async () => {
    kafka = await KafkaServer.create(
      {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.guarded.plain.sasl.jaas.config': `${JAAS} user_alice="${PASSWORD}";`,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // The user of the plain listener; alice uses the authenticated one.
        'super.users': 'User:ANONYMOUS',
      },
      { name: 'GUARDED', protocol: 'SASL_PLAINTEXT' },
    );
    secured = { servers: `127.0.0.1:${kafka.furtherPort}` };
  }, PATIENCE);
  afterAll(() => kafka.close(), PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(() => stage.close(), PATIENCE);

  it('a wrong password ends the program with the cause and without printing the password', async () => {
    const { code, stdout, stderr } = await stage.start({ ...secured, properties: asAlice(WRONG) }).finished;
    expect(code).toBe(1);
    expect(stderr).toContain('BROKER_REFUSED');
    expect(stderr).toMatch(/authentication/i);
    expect(stdout + stderr).not.toContain(WRONG);
  });

  it('revoked permissions are reported, and the program recovers without a restart when they are granted', async () => {
    await permissions('allow');
    const instance = await stage.start({ ...secured, properties: asAlice(PASSWORD) }).ready();
    await stage.publish(200);
    await stage.reached(200);
    await permissions('revoke');
    await stage.publish(100);
    await saysWhy(instance, /authorization failed|not confirming/i);
    await permissions('allow');
    await instance.ready();
    expect((await stage.complete()).missing).toBe(0);
    await endsWell(instance);
    expect(instance.stderr).not.toContain(PASSWORD);
  });

  it('a broker with an untrusted certificate is retried, and the cause is reported', async () => {
    const impostor = await Impostor.start();
    try {
      const instance = stage.start({
        servers: `127.0.0.1:${impostor.port}`,
        properties: { 'security.protocol': 'SSL' },
      });
      await saysWhy(instance, /certificate|SSL/i);
      await endsWell(instance);
    } finally {
      await impostor.close();
    }
  });

  function asAlice(password: string): Record<string, string> {
    return {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanisms': 'PLAIN',
      'sasl.username': 'alice',
      'sasl.password': password,
    };
  }

  async function permissions(what: 'allow' | 'revoke'): Promise<void> {
    const topics = [stage.input, stage.output, stage.dlq].join(',');
    await python('kafka_permissions.py', [what, kafka.bootstrapServers, 'alice', topics, stage.group]);
  }
});

/** Speaks TLS with a certificate that it signed itself. */
class Impostor {
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Impostor> {
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-impostor-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-days', '1', '-nodes', '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject], { stdio: 'ignore' });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
    rmSync(folder, { recursive: true });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Impostor(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
