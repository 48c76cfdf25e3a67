import path from 'node:path';
import { z } from 'zod';
import { MAX_IMAGE_SIDE } from '../../../../core/image';
import { labelList } from './classifier';
import type { SettingsFrom } from './settings';
import { readJson, unsupportedFile, type ModelSource } from '../source';

const METADATA = 'metadata.json';

/** Written by Teachable Machine; other programs have a file of this name too. */
const metadataSchema = z.looseObject({
  packageName: z.string().optional().catch(undefined),
  tmVersion: z.string().optional().catch(undefined),
  labels: labelList.optional().catch(undefined),
  imageSize: z.int().min(1).max(MAX_IMAGE_SIDE).optional().catch(undefined),
});

/** Labels and preprocessing of a Teachable Machine export; empty for other folders. */
export async function readTeachableMachine(source: ModelSource): Promise<SettingsFrom[]> {
  if (!source.names.includes(METADATA)) return [];
  const { packageName, tmVersion, labels, imageSize } = await readJson(source, METADATA, metadataSchema);
  const isImages = packageName === '@teachablemachine/image';
  if (packageName?.startsWith('@teachablemachine/') && !isImages) {
    throw unsupportedFile(
      path.join(source.path, METADATA),
      `is of ${packageName}, which does not classify images`,
      'train an image project in Teachable Machine',
    );
  }
  const named = labels && { labels };
  if (!isImages && tmVersion === undefined) return [{ origin: METADATA, settings: { ...named } }];
  const size = imageSize === undefined ? {} : { width: imageSize, height: imageSize };
  return [
    {
      origin: `${METADATA} (Teachable Machine)`,
      settings: { ...named, ...size, scale: 1 / 127.5, offset: -1, resize: 'crop' },
    },
  ];
}
