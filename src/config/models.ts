import { z } from 'zod';
import { MODEL_CONTROLS } from '../core/model-version';
import { duration } from './duration-schema';
import { servedModelsSchema } from './served-model';

export const modelsSchema = z
  .strictObject({
    serve: servedModelsSchema
      .default([])
      .describe(
        'Several models in one process, instead of inference.model: a list of name, model, topic, workers, ….',
      ),
    control: z
      .enum(MODEL_CONTROLS)
      .default('none')
      .describe('Model updates at run time: none, poll (newest version on disk) or explicit (API).'),
    pollInterval: duration
      .prefault('5s')
      .refine((ms) => ms >= 100, 'the shortest interval is 100ms')
      .describe('Interval of checks of the folder, with poll.'),
    trial: duration
      .prefault('60s')
      .refine((ms) => ms > 0 && ms <= 86_400_000, 'a trial is longer than 0 and at most 24h')
      .describe('Time for which the previous version stays loaded, for a rollback of the new one.'),
    maxAccuracyDrop: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe('Largest tolerated drop in accuracy of a new version on the held-out images.'),
    maxSlowdown: z
      .number()
      .min(1)
      .max(1000)
      .default(5)
      .describe('Largest tolerated factor in batch time of a new version.'),
    maxTrialSlowdown: z
      .number()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(
        'Largest tolerated factor in time per image on the stream, on trial and as a canary; maxSlowdown if absent.',
      ),
    maxTrialDrift: z
      .number()
      .positive()
      .max(1_000_000)
      .default(0.25)
      .describe('Largest tolerated rise of the drift index of a new version, on trial and as a canary.'),
  })
  .prefault({});
