import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/load';
import { readCredentials } from '../../src/grpc/credentials';

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-tls-'));
const text = join(folder, 'text.pem');
writeFileSync(text, 'a secret that is not a key');

describe('the settings of gRPC', () => {
  it('name a file that cannot be read', async () => {
    await expect(readCredentials({ cert: text, key: join(folder, 'absent.pem') })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(/^grpc\.tls\.key: ENOENT.*absent\.pem/) as string,
    });
  });

  it('name files that are not a certificate and its key, without their content', async () => {
    const error = await readCredentials({ cert: text, key: text }).then(
      () => new Error('accepted'),
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toMatch(/text\.pem are not a certificate and its private key in PEM/);
    expect(error.message).not.toContain('secret');
  });

  it.each([
    [{ port: 9000, tls: { cert: 'cert.pem' } }, /grpc\.tls\.key: TLS needs a certificate and its key/],
    [{ port: 9000, tls: { key: 'key.pem' } }, /grpc\.tls\.cert: TLS needs a certificate and its key/],
    [{ port: 8080 }, /grpc\.port: 8080 is http\.port; gRPC needs a port of its own/],
    [{ tls: { cert: 'cert.pem', key: 'key.pem' } }, /grpc\.port: TLS needs a port/],
  ])('are refused as %j', (grpc, message) => {
    expect(() => parseConfig({ grpc })).toThrow(message);
  });
});
