import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/load';
import { configProblems } from '../../src/setup/config-problems';
import { assertNamedFiles } from '../../src/setup/named-files';

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-files-'));
const file = join(folder, 'file.pem');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

const grpc = (cert: string) => parseConfig({ grpc: { port: 0, tls: { cert, key: file } } }).config;

describe('files that settings name', () => {
  it('may be there, or not be named', () => {
    assertNamedFiles(parseConfig({}).config);
    assertNamedFiles(grpc(file));
  });

  it.each([
    [join(folder, 'none.pem'), 'no such file'],
    [folder, 'it is a folder, not a file'],
  ])('are a mistake in the configuration if they cannot be read: %s', async (cert, why) => {
    const message = `grpc.tls.cert: cannot read ${cert}: ${why}; check the path and its permissions`;
    expect(() => assertNamedFiles(grpc(cert))).toThrow(message);
    expect(await configProblems(grpc(cert))).toMatchObject([{ code: 'CONFIG_INVALID', message }]);
  });

  it('are those of the token client, too', () => {
    const oidc = { tokenUrl: 'http://127.0.0.1:9/token', clientId: 'x', assertionFile: '/none' };
    const kafka = { identity: 'oidc', oidc } as const;
    expect(() => assertNamedFiles(parseConfig({ kafka }).config)).toThrow(
      /^kafka.oidc.assertionFile: cannot read/,
    );
  });
});
