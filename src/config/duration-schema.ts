import { z } from 'zod';
import { parseDuration } from './duration';

/** Milliseconds, or text such as `500ms`, `20s`, `5m`. */
export const duration = z
  .union([z.number().nonnegative(), z.string()])
  .meta({ title: 'duration' })
  .transform((value, context) => {
    const ms = typeof value === 'number' ? value : parseDuration(value);
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: 'a duration is a number of ms or text such as 500ms, 20s or 5m',
      input: value,
    });
    return z.NEVER;
  });
