import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithPackages, python, virtualEnvironment } from '../helpers/python';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '../..');
const PACKAGES = 'requirements-deployment.txt';

/** Runs a linter; its output is part of the error when it finds something. */
async function lint(program: string, args: readonly string[]): Promise<string> {
  const path = join(virtualEnvironment(PACKAGES), 'bin', program);
  const { stdout } = await promisify(execFile)(path, [...args], { cwd: ROOT, timeout: 120_000 });
  return stdout;
}

describeWithPackages(PACKAGES, [], 'what containers and clusters are made from', () => {
  it('hadolint reports nothing about the Dockerfiles', async () => {
    expect(await lint('hadolint', ['Dockerfile', 'config/cloud-run/Dockerfile'])).toBe('');
  });

  it('the compose file matches the schema of the Compose specification', async () => {
    expect(
      await lint('check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', 'config/compose.yaml']),
    ).toContain('ok');
  });

  it.each(['1.30.0', '1.37.0'])(
    'the manifests match the strict schemas of Kubernetes %s',
    async (version) => {
      const files = ['base/stateful-set', 'base/service', 'base/disruption-budget', 'pubsub/scaler'];
      const paths = files.map((file) => `config/kubernetes/${file}.yaml`);
      await lint('kubernetes-validate', ['--strict', '-k', version, ...paths]);
    },
  );

  it('the Kafka scaler matches the types of KEDA', async () => {
    const path = join(ROOT, 'config/kubernetes/kafka/scaler.yaml');
    expect((await python('scaled_object.py', [path], {}, PACKAGES)).trim()).toBe('1');
  });

  it('the linters detect errors', async () => {
    await expect(lint('hadolint', ['test/helpers/python/requirements.txt'])).rejects.toThrow();
    const wrong = join(mkdtempSync(join(tmpdir(), 'stream-infer-wrong-')), 'service.yaml');
    writeFileSync(wrong, 'apiVersion: v1\nkind: Service\nmetadata: { name: wrong }\nspec: { portz: [] }\n');
    await expect(lint('kubernetes-validate', ['--strict', wrong])).rejects.toThrow();
  });
});
