import { parseAllowedPlace } from '../../src/config/allowed-place';
import { AllowList } from '../../src/references/allow-list';
import { parseReference } from '../../src/references/parse-reference';
import type { Reference } from '../../src/references/reference';

const ALLOW = [
  'https://images.example.com',
  'https://*.cdn.example.com/public/',
  'http://old.example.com:8080/cameras',
  's3://camera/line-1',
  'gs://factory',
  'file:///mnt/my images',
];

function check(text: string, allowPrivateNetwork = false, allow = ALLOW): string {
  const found = new AllowList({ allow, allowPrivateNetwork }).check(parseReference(text) as Reference);
  return 'code' in found ? found.code : 'allowed';
}

describe('the allow-list', () => {
  it.each([
    'https://images.example.com/a.png',
    'https://IMAGES.example.com:443/a.png?x=1',
    'https://eu.cdn.example.com/public/a.png',
    'https://a.b.cdn.example.com/public/a.png',
    'http://old.example.com:8080/cameras/1/a.png',
    's3://camera/line-1/a.png',
    'gs://factory/any/a.png',
    'file:///mnt/my%20images/a.png',
  ])('has %s', (text) => {
    expect(check(text)).toBe('allowed');
  });

  it.each([
    ['another host', 'https://example.com/a.png'],
    ['a host that ends alike', 'https://evil-images.example.com.attacker.test/a.png'],
    ['a host that begins alike', 'https://images.example.com.attacker.test/a.png'],
    ['another scheme', 'http://images.example.com/a.png'],
    ['another port', 'https://images.example.com:8443/a.png'],
    ['the domain of a wildcard itself', 'https://cdn.example.com/public/a.png'],
    ['another folder', 'https://eu.cdn.example.com/private/a.png'],
    ['a folder that begins alike', 'http://old.example.com:8080/cameras-2/a.png'],
    ['a path out of the folder', 'https://eu.cdn.example.com/public/../private/a.png'],
    ['an encoded path out of the folder', 'https://eu.cdn.example.com/public/..%2fprivate/a.png'],
    ['another bucket', 's3://camera-2/line-1/a.png'],
    ['another folder of the bucket', 's3://camera/line-10/a.png'],
    ['a bucket of another cloud', 'gs://camera/line-1/a.png'],
    ['a file elsewhere', 'file:///etc/passwd'],
    ['a file out of the folder', 'file:///mnt/my%20images/../../etc/passwd'],
  ])('does not have %s', (_, text) => {
    expect(check(text)).toBe('REFERENCE_FORBIDDEN');
  });

  it.each(['https://127.0.0.1/a', 'https://[::1]/a', 'https://169.254.169.254/a', 'https://localhost/a'])(
    'refuses the private address %s unless it is allowed',
    (text) => {
      const allow = ['https://127.0.0.1', 'https://[::1]', 'https://169.254.169.254', 'https://localhost'];
      expect(check(text, false, allow)).toBe('REFERENCE_FORBIDDEN');
      expect(check(text, true, allow)).toBe('allowed');
    },
  );

  it.each([
    'images.example.com',
    'ftp://host',
    'https://',
    'https://*',
    'https://*.com',
    'https://a*.example.com',
    'https://user:pw@host',
    'https://host/x?y=1',
    's3://*',
    's3://*.bucket',
    's3://',
    'file:///',
    'file://server/share',
    'file:///mnt/..',
  ])('refuses the entry %s', (entry) => {
    expect(parseAllowedPlace(entry)).toHaveProperty('problem');
  });
});
