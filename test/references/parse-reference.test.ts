import { parseReference } from '../../src/references/parse-reference';

describe('a reference', () => {
  it.each([
    ['https://Images.Example.com/a%20b.png?sig=1#top', 'https', 'images.example.com', '/a%20b.png', '?sig=1'],
    ['https://host:8443/x', 'https', 'host:8443', '/x', ''],
    ['HTTP://host/x', 'http', 'host', '/x', ''],
    ['https://host/a/../b/%2e%2e/c', 'https', 'host', '/c', ''],
    ['https://2130706433/x', 'https', '127.0.0.1', '/x', ''],
    ['s3://bucket/a b/c?d#e.png', 's3', 'bucket', '/a b/c?d#e.png', ''],
    ['gs://bucket/a%20b', 'gs', 'bucket', '/a%20b', ''],
    ['file:///mnt/my%20images/x.png', 'file', '', '/mnt/my images/x.png', ''],
    ['file://localhost/mnt/../etc/x', 'file', '', '/etc/x', ''],
  ])('%s', (text, scheme, host, path, query) => {
    expect(parseReference(text)).toMatchObject({ scheme, host, path, query });
  });

  it.each([
    ['s3://bucket/key.png?versionId=ab.c~1', '/key.png', 'ab.c~1'],
    ['gs://bucket/key.png#1700000000000000', '/key.png', '1700000000000000'],
  ])('names a version: %s', (text, path, version) => {
    expect(parseReference(text)).toMatchObject({ path, version });
  });

  it('is shown without its query, which may hold a signature', () => {
    expect(parseReference('https://host/x.png?X-Amz-Signature=secret')).toMatchObject({
      shown: 'https://host/x.png',
    });
  });

  it.each([
    ['ftp://host/x', /none of the schemes/],
    ['https://user:secret@host/x', /holds credentials/],
    ['https://', /not a valid address/],
    ['https://ho st/x', /not a valid address/],
    ['https://host/a\nb', /control character/],
    [`https://host/${'x'.repeat(9_000)}`, /characters; at most/],
    ['s3://', /not the name of a bucket/],
    ['s3://bucket/', /1 to 1024 bytes/],
    ['s3://bucket/a/../b', /a part "\."/],
    ['s3://buck et/a', /not the name of a bucket/],
    [`gs://bucket/${'x'.repeat(1_025)}`, /1 to 1024 bytes/],
    ['file://server/share/x', /on this machine/],
    ['file:///mnt%2f..%2fetc', /encoded slash/],
    ['file:///mnt/a%00b', /control character|not valid/],
  ])('is invalid: %s', (text, message) => {
    expect(parseReference(text)).toEqual({
      code: 'REFERENCE_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it('never shows the password of an invalid one', () => {
    expect(JSON.stringify(parseReference('https://user:secret@host/x'))).not.toContain('secret');
  });
});
