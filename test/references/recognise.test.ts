import type { Header } from '../../src/core/message';
import { findReference } from '../../src/references/recognise';

const find = (value: unknown, headers: readonly Header[] = []) =>
  findReference({
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers,
  });
const url = (value: unknown, headers: readonly Header[] = []) => {
  const found = find(value, headers);
  if (found === undefined) return undefined;
  return 'reference' in found ? found.reference.url : `${found.code}: ${found.message}`;
};

const s3Record = {
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'eu-west-1',
  eventName: 'ObjectCreated:Put',
  s3: {
    bucket: { name: 'camera', arn: 'arn:aws:s3:::camera' },
    object: { key: 'line+1/a%2Bb.png', size: 1024, eTag: 'd41d8', sequencer: '0055' },
  },
};
const gcsObject = {
  kind: 'storage#object',
  id: 'factory/a.png/17',
  selfLink: 'https://www.googleapis.com/storage/v1/b/factory/o/a.png',
  name: 'a.png',
  bucket: 'factory',
  generation: '1700000000000000',
  size: '500',
};
const cloudEvent = { specversion: '1.0', id: 'e1', source: 'https://cameras.example.com', type: 't' };

describe('a message refers to its image', () => {
  it.each<[string, unknown, Header[], string]>([
    ['as its text', 'https://host/a.png', [], 'https://host/a.png'],
    ['as its text, with white space around it', ' \n s3://bucket/a.png\n', [], 's3://bucket/a.png'],
    [
      'in a list of addresses',
      '# camera 1\r\ngs://bucket/a.png\r\n',
      [['content-type', 'text/uri-list']],
      'gs://bucket/a.png',
    ],
    ['in the field image', { image: 'https://host/a.png' }, [], 'https://host/a.png'],
    ['with escaped slashes', '{"image":"https:\\/\\/host\\/a.png"}', [], 'https://host/a.png'],
    ['in an object', { image: { url: 's3://bucket/a.png' } }, [], 's3://bucket/a.png'],
    ['in the field url', { camera: 3, url: 'https://host/a.png' }, [], 'https://host/a.png'],
    ['in a CloudEvent', { ...cloudEvent, data: { image: 's3://bucket/a.png' } }, [], 's3://bucket/a.png'],
    ['in dataref', { ...cloudEvent, dataref: 'https://host/a.png' }, [], 'https://host/a.png'],
    [
      'in dataref, with null data',
      { ...cloudEvent, data: null, dataref: 'gs://bucket/a' },
      [],
      'gs://bucket/a',
    ],
    [
      'in a header of a binary CloudEvent on Kafka',
      '',
      [['ce_dataref', 'https://host/a.png']],
      'https://host/a.png',
    ],
    ['in an attribute on Pub/Sub', null, [['ce-dataref', 'https://host/a.png']], 'https://host/a.png'],
    ['in the header reference', '', [['reference', 's3://bucket/a.png']], 's3://bucket/a.png'],
    ['in a notification of S3', { Records: [s3Record] }, [], 's3://camera/line 1/a+b.png'],
    [
      'in a notification of MinIO',
      {
        EventName: 's3:ObjectCreated:Put',
        Key: 'camera/a.png',
        Records: [{ ...s3Record, eventSource: 'minio:s3', eventName: 's3:ObjectCreated:Put' }],
      },
      [],
      's3://camera/line 1/a+b.png',
    ],
    [
      'in a notification of EventBridge',
      {
        'detail-type': 'Object Created',
        source: 'aws.s3',
        detail: { bucket: { name: 'camera' }, object: { key: 'a+b.png', size: 5, 'version-id': 'v1' } },
      },
      [],
      's3://camera/a+b.png#v1',
    ],
    [
      'in a notification of Cloud Storage',
      gcsObject,
      [['eventType', 'OBJECT_FINALIZE']],
      'gs://factory/a.png#1700000000000000',
    ],
    [
      'in the attributes of such a notification',
      '',
      [
        ['eventType', 'OBJECT_FINALIZE'],
        ['bucketId', 'factory'],
        ['objectId', 'a b.png'],
        ['objectGeneration', '17'],
      ],
      'gs://factory/a b.png#17',
    ],
    [
      'in an event of Eventarc',
      { ...cloudEvent, type: 'google.cloud.storage.object.v1.finalized', data: gcsObject },
      [],
      'gs://factory/a.png#1700000000000000',
    ],
  ])('%s', (_, value, headers, expected) => {
    expect(url(value, headers)).toBe(expected);
  });

  it('with an id and a class next to it', () => {
    expect(find({ image: 'https://host/a.png', id: 7, label: 'Bag' })).toMatchObject({
      id: '7',
      label: 'Bag',
    });
    expect(find({ ...cloudEvent, dataref: 'https://host/a.png', label: 3 })).toMatchObject({
      id: 'e1',
      label: '3',
    });
    expect(find({ ...cloudEvent, data: { image: 'https://host/a.png', id: 'inner' } })).toMatchObject({
      id: 'inner',
    });
  });

  it('with the size that the notification gives', () => {
    expect(find({ Records: [s3Record] })).toMatchObject({ bytes: 1024 });
    expect(find(gcsObject)).toMatchObject({ bytes: 500 });
  });
});

describe('a message does not refer to an image', () => {
  it.each<[string, unknown, Header[]?]>([
    ['null', null],
    ['empty', ''],
    ['white space', ' \n'],
    ['raw pixels', '\u0000'.repeat(784)],
    ['text', 'https is a protocol'],
    ['base64', { image: Buffer.alloc(64, 1).toString('base64') }],
    ['pixels', { image: new Array(784).fill(0), url: 'https://host/where-it-was.png' }],
    ['data of a CloudEvent', { ...cloudEvent, data_base64: 'AAAA', dataref: 'https://host/a.png' }],
    ['an image in a CloudEvent', { ...cloudEvent, data: { image: 'AAAA' }, dataref: 'https://host/a.png' }],
    ['JSON of something else', { homepage: 'https://host' }],
    ['invalid JSON', '{"image":"https://host/a.png"'],
    ['duplicate fields', '{"image":"https://host/a","image":"https://host/b"}'],
    ['deep JSON', `{"bucket":${'['.repeat(10_000)}`],
    ['large JSON', { image: 'https://host/a.png', padding: 'x'.repeat(70_000) }],
    ['records of something else', { Records: [{ kinesis: {} }], bucket: 1 }],
    ['a list', ['https://host/a.png']],
  ])('%s', (_, value, headers = []) => {
    expect(url(value, headers)).toBeUndefined();
  });
});

describe('a message with an unusable reference is refused', () => {
  it.each<[string, unknown, RegExp, Header[]?]>([
    ['two addresses', 'https://host/a.png\nhttps://host/b.png', /2 lines/],
    ['two objects', { Records: [s3Record, s3Record] }, /names 2 objects/],
    [
      'a deletion in S3',
      { Records: [{ ...s3Record, eventName: 'ObjectRemoved:Delete' }] },
      /"ObjectRemoved:Delete"/,
    ],
    ['a test', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'camera' }, /s3:TestEvent/],
    [
      'a deletion in Cloud Storage',
      gcsObject,
      /OBJECT_DELETE/,
      [
        ['eventType', 'OBJECT_DELETE'],
        ['bucketId', 'factory'],
        ['objectId', 'a.png'],
      ],
    ],
    [
      'a deletion in Eventarc',
      { ...cloudEvent, type: 'google.cloud.storage.object.v1.deleted', data: gcsObject },
      /deleted/,
    ],
    [
      'the same in binary mode',
      gcsObject,
      /deleted/,
      [['ce-type', 'google.cloud.storage.object.v1.deleted']],
    ],
    [
      'a key out of its folder',
      { Records: [{ ...s3Record, s3: { bucket: { name: 'camera' }, object: { key: 'a/../b' } } }] },
      /part "\."/,
    ],
    [
      'a key that cannot be decoded',
      { Records: [{ ...s3Record, s3: { bucket: { name: 'camera' }, object: { key: '%zz' } } }] },
      /not encoded/,
    ],
    ['no key', { Records: [{ ...s3Record, s3: { bucket: { name: 'camera' } } }] }, /1 to 1024 bytes/],
    ['an id of another kind', { image: 'https://host/a.png', id: {} }, /the field "id"/],
    ['credentials', { image: 'https://me:secret@host/a.png' }, /holds credentials/],
  ])('%s', (_, value, message, headers = []) => {
    expect(url(value, headers)).toMatch(/^REFERENCE_INVALID: /);
    expect(url(value, headers)).toMatch(message);
    expect(url(value, headers)).not.toContain('secret');
  });
});
