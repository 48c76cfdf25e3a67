import { checkKafkaFeatures } from '../../src/doctor/kafka-features';

describe('the check of the Kafka client build', () => {
  it('is ok if no feature is missing', () => {
    expect(checkKafkaFeatures(['ssl', 'zstd', 'lz4', 'oidc'])).toEqual([
      { name: 'kafka features', state: 'ok', detail: 'zstd, oidc' },
    ]);
  });

  it('names the consequence of a missing feature and installs only its headers', () => {
    expect(checkKafkaFeatures(['ssl', 'oidc'])).toEqual([
      {
        name: 'kafka features',
        state: 'note',
        detail: 'built without zstd: batches compressed with zstd cannot be read, and their partition stops',
        remedy: 'apt-get install -y libzstd-dev && npm run setup',
      },
    ]);
    const [neither] = checkKafkaFeatures(['ssl']);
    expect(neither?.remedy).toBe('apt-get install -y libzstd-dev libcurl4-openssl-dev && npm run setup');
  });

  it('reads the features of the installed client', () => {
    const [check] = checkKafkaFeatures();
    if (check !== undefined) expect(check.name).toBe('kafka features');
  });
});
