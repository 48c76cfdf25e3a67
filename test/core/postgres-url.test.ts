import {
  isPostgresUrl,
  parsePostgresUrl,
  postgresUrlProblem,
  shownPostgresUrl,
  storeUrlProblem,
} from '../../src/core/postgres-url';

it('reads the parts of a URL', () => {
  expect(
    parsePostgresUrl(
      'postgresql://app:a%40b@db.example:6432/results?sslmode=verify-full&sslrootcert=/ca.pem&schema=pets',
    ),
  ).toEqual({
    host: 'db.example',
    port: 6432,
    user: 'app',
    password: 'a@b',
    database: 'results',
    schema: 'pets',
    tls: 'verify-full',
    rootCertificate: '/ca.pem',
  });
  expect(parsePostgresUrl('postgres://db/results')).toEqual({
    host: 'db',
    port: 5432,
    database: 'results',
    schema: 'stream_infer',
    tls: 'disable',
  });
  expect(parsePostgresUrl('postgres:///results?host=/run/postgresql').host).toBe('/run/postgresql');
  expect(parsePostgresUrl('postgres://[::1]:5432/results').host).toBe('::1');
});

it.each([
  ['postgres:', 'is not a URL'],
  ['postgres://app:pass word:5x@db:port/results', 'is not a URL'],
  ['postgres://app:secret@db:5432', 'names no database'],
  ['postgres:///results', 'names no host'],
  ['postgres://app:secret%@db/results', 'percent-encode it as %25'],
  ['postgres://app:sec#ret@db/results', 'percent-encode'],
  ['postgres://app:secret@db/results?sslmode=prefer', 'use disable, require, verify-ca, verify-full'],
  ['postgres://app:secret@db/results?sslmode=require&pool=4', 'unknown parameter pool'],
  ['postgres://app:secret@db/results?sslrootcert=/ca.pem', 'add sslmode=verify-full'],
  ['postgres://app:secret@db/results?sslmode=require&sslcert=/c.pem', 'both sslcert and sslkey'],
  ['postgres://app:secret@db/results?schema=A"b', 'small letters'],
])('explains %s without its password', (url, problem) => {
  expect(postgresUrlProblem(url)).toContain(problem);
  expect(postgresUrlProblem(url)).not.toMatch(/secret|pass word|sec#/);
  expect(() => parsePostgresUrl(url)).toThrow(problem);
  expect(shownPostgresUrl(url)).toBe('postgres://(masked)');
});

it('shows neither password nor parameters', () => {
  expect(shownPostgresUrl('postgres://app:secret@db:5432/results?sslmode=require&sslrootcert=/ca.pem')).toBe(
    'postgres://app@db:5432/results',
  );
});

it('distinguishes a URL from a file', () => {
  expect(['postgres://db/x', 'PostgreSQL://db/x', 'postgres:db'].every(isPostgresUrl)).toBe(true);
  expect(['results.db', './postgres', 'https://db/x'].some(isPostgresUrl)).toBe(false);
});

it('accepts no other scheme, so that its password does not become the name of a file', () => {
  expect(storeUrlProblem('postgress://app:secret@db/x')).toMatch(/unknown scheme; use a file or postgres:/);
  expect(storeUrlProblem('postgres://db/x')).toBeUndefined();
  expect(storeUrlProblem('C:\\results.db')).toBeUndefined();
});
