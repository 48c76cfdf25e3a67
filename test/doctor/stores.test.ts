import { parseConfig } from '../../src/config/load';
import { configProblems } from '../../src/setup/config-problems';
import { checkStores } from '../../src/doctor/stores';

jest.mock('@aws-sdk/client-s3', () => {
  throw new Error("Cannot find module '@aws-sdk/client-s3'");
});

const RULE = { name: 'moves', kind: 'drift' } as const;

const check = async (allow: string[], keepOriginals?: string) =>
  await checkStores(parseConfig({ references: { allow }, events: { keepOriginals }, alerts: [RULE] }).config);

describe('the check of stores of images', () => {
  it('says nothing where none is configured', async () => {
    expect(await check([])).toEqual([]);
  });

  it('is fine where no package is missing', async () => {
    expect(await check(['file:///mnt/images', 'https://images.example.com'])).toMatchObject([
      { state: 'ok' },
    ]);
  });

  it.each([
    ['references', ['s3://camera'], undefined],
    ['originals of events', [], 's3://camera/events'],
  ])('names the package that is missing for %s, and its remedy', async (_, allow, keepOriginals) => {
    expect(await check(allow, keepOriginals)).toMatchObject([
      { state: 'problem', remedy: 'npm install @aws-sdk/client-s3' },
    ]);
  });

  it('is also a reason for run to refuse the configuration', async () => {
    const problems = await configProblems(parseConfig({ references: { allow: ['s3://camera'] } }).config);
    expect(problems.map(({ code }) => code)).toEqual(['DEPENDENCY_MISSING']);
  });
});
