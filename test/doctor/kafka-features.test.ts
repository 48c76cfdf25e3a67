import { checkKafkaFeatures } from '../../src/doctor/kafka-features';

describe('the check of what the Kafka client was built with', () => {
  it('is fine where nothing is missing', () => {
    expect(checkKafkaFeatures(['ssl', 'zstd', 'lz4', 'oidc'])).toEqual([
      { name: 'kafka features', state: 'ok', detail: 'zstd, oidc' },
    ]);
  });

  it('says what cannot be done without a feature, and installs only the headers of that one', () => {
    expect(checkKafkaFeatures(['ssl', 'oidc'])).toEqual([
      {
        name: 'kafka features',
        state: 'note',
        detail: 'built without zstd: batches compressed with zstd cannot be read, and their partition waits',
        remedy: 'apt-get install -y libzstd-dev && npm run setup',
      },
    ]);
    const [neither] = checkKafkaFeatures(['ssl']);
    expect(neither?.remedy).toBe('apt-get install -y libzstd-dev libcurl4-openssl-dev && npm run setup');
  });

  it('looks at the client that is installed', () => {
    const [check] = checkKafkaFeatures();
    if (check !== undefined) expect(check.name).toBe('kafka features');
  });
});
