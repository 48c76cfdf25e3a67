import { isObject, own, type Json } from '../codec/open-envelope';
import { printable } from '../codec/envelope-values';
import { headerText, type Header } from '../core/message';
import { memberObject, memberText, type Found } from './named-image';
import { objectReference } from './parse-reference';
import { refuse } from './reference';

/** Events after which the object is there: S3 and MinIO, EventBridge, Cloud Storage, Eventarc. */
const CREATED = /^(s3:)?ObjectCreated:|^Object Created$|^OBJECT_FINALIZE$|\.object\.v1\.finalized$/;

/** A notification of S3, MinIO, EventBridge or Cloud Storage about one new object; undefined for any other JSON. */
export function findInNotification(root: Json): Found {
  const records = own(root, 'Records');
  if (Array.isArray(records)) return findInRecords(records);
  if (own(root, 'Event') === 's3:TestEvent') return notCreated('s3:TestEvent');
  if (own(root, 'source') === 'aws.s3' && isObject(own(root, 'detail'))) return findInDetail(root);
  return own(root, 'kind') === 'storage#object' ? cloudStorageObject(root) : undefined;
}

/** A notification of Cloud Storage through Pub/Sub, in whose attributes all is said; the value may be empty. */
export function findInAttributes(headers: readonly Header[]): Found {
  const event = headerText(headers, 'eventtype');
  const bucket = headerText(headers, 'bucketid');
  const object = headerText(headers, 'objectid');
  if (event === undefined || bucket === undefined || object === undefined) return undefined;
  if (!CREATED.test(event)) return notCreated(event);
  return asFound(objectReference('gs', bucket, object, headerText(headers, 'objectgeneration')));
}

/** The object of a CloudEvent of Eventarc, whose type says what happened to it. */
export function findInStorageEvent(type: string, data: Json): Found {
  if (!type.startsWith('google.cloud.storage.object.')) return undefined;
  return CREATED.test(type) ? cloudStorageObject(data) : notCreated(type);
}

/** AWS sends one record in each notification, although it is a list. */
function findInRecords(records: readonly unknown[]): Found {
  const objects = records.filter((record): record is Json => isObject(record) && isObject(own(record, 's3')));
  const [record] = objects;
  if (record === undefined) return undefined;
  if (records.length > 1)
    return refuse(
      'REFERENCE_INVALID',
      `the notification names ${records.length} objects; send one message for each object`,
    );
  const event = memberText(record, 'eventName') ?? '';
  if (!CREATED.test(event)) return notCreated(event);
  const s3 = memberObject(record, 's3');
  const object = memberObject(s3, 'object');
  const key = decodeKey(memberText(object, 'key') ?? '');
  if (key === undefined)
    return refuse('REFERENCE_INVALID', 'the key in the notification is not encoded as in a form');
  return s3Object(memberObject(s3, 'bucket'), key, object, 'versionId');
}

/** EventBridge gives keys as they are. */
function findInDetail(root: Json): Found {
  const event = memberText(root, 'detail-type') ?? '';
  if (!CREATED.test(event)) return notCreated(event);
  const detail = memberObject(root, 'detail');
  const object = memberObject(detail, 'object');
  return s3Object(memberObject(detail, 'bucket'), memberText(object, 'key') ?? '', object, 'version-id');
}

function s3Object(bucket: Json, key: string, object: Json, versionField: string): Found {
  const version = memberText(object, versionField);
  return asFound(
    objectReference('s3', memberText(bucket, 'name') ?? '', key, version === 'null' ? undefined : version),
    own(object, 'size'),
  );
}

function cloudStorageObject(data: Json): Found {
  const bucket = memberText(data, 'bucket') ?? '';
  const name = memberText(data, 'name') ?? '';
  const generation = own(data, 'generation');
  const version = /^\d{1,20}$/.test(String(generation)) ? String(generation) : undefined;
  // JSON of Cloud Storage has numbers of 64 bits as text.
  return asFound(objectReference('gs', bucket, name, version), Number(own(data, 'size') ?? NaN));
}

function asFound(reference: ReturnType<typeof objectReference>, size?: unknown): Found {
  if ('code' in reference) return reference;
  return { reference, ...(typeof size === 'number' && size >= 0 && { bytes: size }) };
}

function notCreated(event: string): Found {
  return refuse(
    'REFERENCE_INVALID',
    `the notification is about "${printable(event)}", not about a new object; subscribe to new objects only`,
  );
}

/** Keys in notifications are encoded as in a form: a space is a plus sign. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
