import { z } from 'zod';
import { component } from '../openapi/json-schema';
import { className, label, share, text, type Wire } from './answer-fields';
import { classifyQuery } from './classify';
import { model } from './models';
import { labelField, once } from './request-fields';

/** Ids come from headers of messages. */
const MOST_ID = 2_048;

export const explainQuery = z.strictObject({
  invert: classifyQuery.shape.invert,
  id: once(MOST_ID).optional().describe('A stored prediction to explain; the body is ignored.'),
  label: labelField.optional().describe('The class to explain. Default: the predicted one.'),
});

export const explanation = component(
  'Explanation',
  z.object({
    label,
    className,
    model,
    score: share.describe('Score of the class for the whole image.'),
    lowest: share.describe('Its lowest score while a part of the image is covered.'),
    regions: z
      .array(share)
      .describe(
        'Share of each ninth of the image in the importance, from the upper left; all 0 if no part matters.',
      ),
    summary: text.describe('The map in words.'),
    heatMap: text.describe(
      'PNG, base64: the image, darkened, with the parts in red to yellow whose covering lowers the score of the class.',
    ),
  }),
);
export type ExplanationAnswer = Wire<typeof explanation>;
