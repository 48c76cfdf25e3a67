/** A real Kafka that admits only tokens signed by a real OAuth server. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectBroker } from '../../src/library';
import { endsWell, saysWhy } from '../faults/watch';
import { PATIENCE, Stage } from '../faults/driver';
import { cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { QUICK_START } from '../helpers/kafka/distribution';
import { silentLog } from '../helpers/log';
import { describeWith } from '../helpers/parts';
import { TokenServer } from '../helpers/token-server';

jest.setTimeout(2 * PATIENCE);

const SECRET = 'correct-horse-battery-staple';
/** Lifetime of a token, s: short, so that several are needed. */
const LIFETIME = 6;
const OAUTH = 'org.apache.kafka.common.security.oauthbearer';

it('the guide has a command that checks its example', async () => {
  const [line] = commandLinesOf('docs/guides/kafka-identity.md');
  const { code, stdout } = await cli(ownWords(line?.text ?? '') ?? [], {}, join(__dirname, '../..'));
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'the configuration is valid\n' });
});

describeWith(['java', 'maven', 'kafka-addon'], 'a Kafka with tokens', () => {
  let tokens: TokenServer;
  let kafka: KafkaServer;
  let stage: Stage;
  let servers: string;
  let pasted: string;

  beforeAll(async () => {
    tokens = await TokenServer.start();
    const mechanism = 'listener.name.tokens.oauthbearer';
    kafka = await KafkaServer.create(
      {
        'sasl.enabled.mechanisms': 'OAUTHBEARER',
        [`${mechanism}.sasl.jaas.config`]: `${OAUTH}.OAuthBearerLoginModule required;`,
        [`${mechanism}.sasl.server.callback.handler.class`]: `${OAUTH}.OAuthBearerValidatorCallbackHandler`,
        // The broker ends a connection whose token has expired.
        [`${mechanism}.connections.max.reauth.ms`]: '3600000',
        'sasl.oauthbearer.jwks.endpoint.url': tokens.keysUrl,
      },
      { name: 'TOKENS', protocol: 'SASL_PLAINTEXT' },
      [...QUICK_START, `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.keysUrl}`],
    );
    servers = `127.0.0.1:${kafka.furtherPort}`;
    pasted = join(mkdtempSync(join(tmpdir(), 'stream-infer-identity-')), 'client.properties');
    writeFileSync(
      pasted,
      [
        'security.protocol=SASL_PLAINTEXT',
        'sasl.mechanism=OAUTHBEARER',
        'sasl.login.callback.handler.class=io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler',
        `sasl.jaas.config=${OAUTH}.OAuthBearerLoginModule required \\`,
        `  oauth.client.id="team-a" oauth.client.secret="${SECRET}" \\`,
        `  oauth.token.endpoint.uri="${tokens.tokenUrl}" ;`,
        'schema.registry.url=https://registry.example.invalid',
      ].join('\n'),
    );
  }, PATIENCE);
  afterAll(async () => {
    await kafka.close();
    await tokens.close();
  }, PATIENCE);
  beforeEach(async () => {
    await tokens.behave({ status: 200, lifetime: LIFETIME, forged: false });
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(() => stage.close(), PATIENCE);

  const start = (...flags: string[]) => stage.start({ servers, flags: ['--kafka-config', pasted, ...flags] });

  it('renews its token under load, waits for the token server without loss, and names it meanwhile', async () => {
    const instance = await start().ready();
    const before = await tokens.behave();
    await stage.publish(1_000, 100);
    expect((await tokens.behave()) - before).toBeGreaterThanOrEqual(2);
    await tokens.behave({ status: 503 });
    await saysWhy(instance, /the token server http:\S+ answers with status 503/);
    await stage.publish(100);
    await tokens.behave({ status: 200, lifetime: 3_600 });
    await stage.publish(100);
    await instance.ready();
    expect((await stage.complete()).missing).toBe(0);
    await endsWell(instance);
    expect(instance.stderr).toContain('kafka identity cannot renew its token');
    expect(instance.stderr).toContain('ignored properties: sasl.login.callback.handler.class');
    expect(instance.stderr).not.toContain(SECRET);
  });

  it('gives tokens to transactions as well', async () => {
    const instance = await start('--delivery', 'exactly-once').ready();
    await stage.publish(200);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await endsWell(instance);
  });

  it.each([
    [
      'the token server refuses the client',
      { status: 401 },
      /IDENTITY_REFUSED.*refuses the oidc client team-a \(status 401, invalid_client\)/,
    ],
    [
      'the broker refuses the token',
      { forged: true },
      /BROKER_REFUSED.*invalid_token.*compare issuer, audience and scope/,
    ],
  ])('ends the start when %s', async (_, behaviour, message) => {
    await tokens.behave(behaviour);
    const { code, stderr } = await start().finished;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) as unknown });
    expect(stderr).not.toContain(SECRET);
  });

  it('is checked by doctor, with the token server as the cause of a problem', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', servers, '--kafka-config', pasted];
    const topics = ['--input-topic', stage.input, '--output-topic', stage.output, '--dlq-topic', stage.dlq];
    const fine = await cli(['doctor', ...flags, ...topics]);
    expect(fine.stdout).toMatch(
      /identity +oidc client team-a has a token for \d+ s\n.*broker +kafka answers/,
    );
    await tokens.behave({ status: 503 });
    expect((await cli(['doctor', ...flags, ...topics])).stdout).toMatch(
      /identity +the token server .* status 503[^]*check kafka\.identity/,
    );
  });

  it('takes the tokens of a function of the library', async () => {
    let calls = 0;
    const broker = await connectBroker({
      ...{ kind: 'kafka', bootstrapServers: servers, log: silentLog },
      properties: { 'security.protocol': 'SASL_PLAINTEXT' },
      token: async () => {
        calls++;
        const body = new URLSearchParams({ grant_type: 'client_credentials' });
        const answer = await fetch(tokens.tokenUrl, { method: 'POST', body });
        const { access_token: value } = (await answer.json()) as { access_token: string };
        return { value, expiresAt: Date.now() + LIFETIME * 1_000 };
      },
    });
    const topic = `${stage.input}-library`;
    const received: string[] = [];
    try {
      await broker.createTopics([{ topic, partitions: 1 }]);
      broker.createConsumer(topic, { group: topic, deadLetterTopic: null }, ({ value }) => {
        received.push(String(value));
      });
      const producer = broker.createProducer(topic);
      await producer.send('hello');
      await until(
        () => received.length === 1,
        PATIENCE,
        () => `${received.length} messages, ${calls} tokens`,
      );
    } finally {
      await broker.close();
    }
    expect(received).toEqual(['hello']);
  });
});
