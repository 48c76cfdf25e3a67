import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { addOnRemedy, checkAddOn, checkTracing, reasonOf } from '../../src/doctor/add-ons';

const KAFKA = '@confluentinc/kafka-javascript';

function createInstalled(): string {
  const root = mkdtempSync(join(tmpdir(), 'stream-infer-installed-'));
  const manifest = { optionalDependencies: { [KAFKA]: '~1.10.0', libsql: '0.5.29' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  return root;
}

describe('the remedy for a native package that does not load', () => {
  it('is npm run setup in a checkout', () => {
    expect(addOnRemedy([KAFKA])).toBe('npm run setup');
  });

  it('builds the binary if it is missing or for another Node version', () => {
    const root = createInstalled();
    const script = relative(process.cwd(), join(root, 'scripts', 'setup.mjs'));
    expect(addOnRemedy([KAFKA], root, () => true)).toBe(`node ${script} --only kafka`);
  });

  it('quotes the path of the folder for the shell', () => {
    const root = join(createInstalled(), "Kim's files");
    expect(addOnRemedy([KAFKA], root, () => true)).toMatch(
      /^node '.*Kim'\\''s files\/scripts\/setup\.mjs' --only kafka$/,
    );
  });

  it('rebuilds packages that the setup script does not build', () => {
    expect(addOnRemedy(['onnxruntime-node'], createInstalled(), () => true)).toBe(
      'npm rebuild --ignore-scripts=false onnxruntime-node',
    );
  });

  it('installs the supported version if npm dropped the package', () => {
    expect(addOnRemedy([KAFKA], createInstalled(), () => false)).toBe(
      `npm install --ignore-scripts=false ${KAFKA}@~1.10.0`,
    );
  });

  it('names all missing packages', () => {
    expect(addOnRemedy([KAFKA, 'libsql'], createInstalled(), (name) => name !== KAFKA)).toBe(
      `npm install --ignore-scripts=false ${KAFKA}@~1.10.0 libsql@0.5.29`,
    );
  });
});

it('a package that loads but does not work is a problem', () => {
  const part = { name: 'yaml', packages: ['yaml'], without: 'nothing is disabled', needed: true } as const;
  const fail = () => {
    throw new Error('it is not a function');
  };
  expect(checkAddOn(part)).toEqual({ name: 'yaml', state: 'ok', detail: 'yaml loads' });
  expect(checkAddOn({ ...part, prove: fail })).toMatchObject({
    state: 'problem',
    detail: 'yaml does not work (it is not a function); nothing is disabled',
  });
});

describe('the reason why a native package does not load', () => {
  it('is one line, also for a binary of another Node version', () => {
    expect(reasonOf(new Error("Cannot find module 'x'\nRequire stack:\n- y"))).toBe("Cannot find module 'x'");
    const loader =
      "The module '/x.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 137.";
    expect(reasonOf(new Error(loader))).toBe(
      `its binary was built for another Node version, not for ${process.versions.node}`,
    );
  });
});

describe('the tracing check', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  it('is ok if the packages load, enabled or not', () => {
    for (const env of [{}, endpoint])
      expect(checkTracing(env)).toEqual({
        name: 'tracing',
        state: 'ok',
        detail: '@opentelemetry/sdk-trace-base loads',
      });
  });

  it('is a problem if the requested protocol is not supported', () => {
    const check = checkTracing({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(check).toMatchObject({ state: 'problem', detail: expect.stringMatching(/is grpc/) as string });
    expect(check.remedy).toMatch(/^export OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf /);
  });
});
