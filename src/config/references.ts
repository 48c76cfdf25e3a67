import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import type { AcrossProblem } from './across-problem';
import { fitsHost, parseAllowedPlace } from './allowed-place';
import { duration } from './duration-schema';

const MEBIBYTE = 1024 * 1024;

/** An entry of an allow-list. */
export const place = z.string().superRefine((entry, context) => {
  const parsed = parseAllowedPlace(entry);
  if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem });
});

const endpoint = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address' })
  .refine((text) => !/[?#@]/.test(text), 'expected an address without credentials, query and fragment');

const headerValue = z.string().min(1).refine(fitsHeader, 'expected text that fits a header');

function fitsHeader(value: string): boolean {
  try {
    validateHeaderValue('authorization', value);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(place: string): boolean {
  return /^https?:\/\/[^/?#@]+$/.test(place) && URL.canParse(place);
}

/** Images that messages refer to instead of carrying them. */
export const referencesSchema = z
  .strictObject({
    allow: z
      .array(place)
      .max(1_000)
      .default([])
      .describe(
        'Places of images that messages may refer to: https://host, https://*.domain, s3://bucket, gs://bucket or file:///folder, each also with a folder; none: no references.',
      ),
    allowPrivateNetwork: z
      .boolean()
      .default(false)
      .describe('Whether allowed hosts may have loopback and private addresses.'),
    id: z
      .enum(['message', 'reference'])
      .default('message')
      .describe('Id of a prediction where the message has none: of the message, or its reference.'),
    authorization: z
      .record(z.string(), headerValue)
      // The key itself may hold a password, and is not shown.
      .refine(
        (headers) => Object.keys(headers).every(isOrigin),
        'expected keys of scheme and host, as in https://images.example.com',
      )
      .default({})
      .describe('Authorization header for each host, such as https://images.example.com: Bearer ….'),
    timeout: duration
      .prefault('10s')
      .refine((ms) => ms >= 10 && ms <= 45_000, 'a time-out is at least 10ms and at most 45s')
      .describe('Time limit of one attempt to fetch an image.'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('Attempts at one image before the stream pauses or the message becomes a dead letter.'),
    concurrency: z.number().int().min(1).max(1_024).default(32).describe('Images fetched at a time.'),
    cacheBytes: z
      .number()
      .int()
      .min(0)
      .default(64 * MEBIBYTE)
      .describe('Memory for images with an ETag that may be referred to again, in bytes; 0: none.'),
    s3: z
      .strictObject({
        endpoint: endpoint.optional().describe('Address of an S3 store that is not AWS, such as MinIO.'),
        region: z
          .string()
          .regex(/^[a-z0-9-]+$/, 'expected a region such as eu-west-1')
          .optional()
          .describe('Region of the buckets; AWS_REGION, otherwise us-east-1.'),
        pathStyle: z
          .boolean()
          .optional()
          .describe('Whether the bucket is part of the path; on with an endpoint.'),
      })
      .prefault({}),
    gcs: z
      .strictObject({
        endpoint: endpoint
          .optional()
          .describe('Address of a Cloud Storage emulator; STORAGE_EMULATOR_HOST if absent.'),
      })
      .prefault({}),
  })
  .prefault({});

/** A header for a host that is never asked: its images would be refused there, and become dead letters. */
export function referenceProblems({
  references: { allow, authorization },
}: {
  readonly references: z.output<typeof referencesSchema>;
}): AcrossProblem[] {
  const places = allow.map(parseAllowedPlace).filter((one) => 'host' in one);
  return Object.keys(authorization).flatMap((origin) => {
    const { protocol, host } = new URL(origin);
    if (places.some((one) => `${one.scheme}:` === protocol && fitsHost(one, host))) return [];
    const message = `no place of references.allow has this host; add ${protocol}//${host} there, or remove the header`;
    return [{ path: `references.authorization.${origin}`, message }];
  });
}

export type ReferencesConfig = z.output<typeof referencesSchema>;

/** Schemes of stores that can be written to. */
const WRITABLE = new Set(['s3', 'gs', 'file']);

export const eventsSchema = z
  .strictObject({
    keepOriginals: place
      .refine((text) => WRITABLE.has(text.split(':', 1)[0] ?? ''), 'expected s3://, gs:// or file://')
      .optional()
      .describe(
        'Place in which the image behind each event is kept under its id: s3://bucket/folder, gs://… or file:///…',
      ),
  })
  .prefault({});
