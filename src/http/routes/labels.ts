import { Router, type Request, type Response } from 'express';
import { StreamInferError } from '../../core/errors';
import type { StoredLabel } from '../../core/label';
import { jsonBody } from '../json-body';
import { LABEL_CSV } from '../label-csv';
import { labelsOf } from '../label-query';
import type { LabelQueue, LabelsService, QueueChoice } from '../label-services';
import { describe, type Operation } from '../openapi/operation';
import { operatorOf } from '../operator-of';
import { methodNotAllowed } from '../problems';
import {
  giveLabelBody,
  imageLabel,
  labelExportQuery,
  labelLogAnswer,
  labelQueueAnswer,
  labelQueueQuery,
  labelsAnswer,
  labelsQuery,
  withdrawLabelBody,
  type LabelAnswer,
  type LabelLogAnswer,
  type LabelQueueAnswer,
  type LabelsAnswer,
} from '../schemas/labels';
import { labelIn } from '../schemas/request-fields';
import { steeringLogQuery } from '../schemas/steering';
import { sendPages } from '../send-pages';
import type { HttpServices } from '../services';
import { validate } from '../validation';

const PATH = '/labels';
const MAX_BODY = '16kb';
const OFF = 'labels are switched off; set labels.enabled: true';

const NDJSON = { header: '', line: (label: StoredLabel): string => `${JSON.stringify(label)}\n` };

/** Labels that people give to images of the stream. */
export function labelRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(PATH, describe(LIST), async (request, response) => {
    const service = requireLabels(services);
    const { limit, before } = validate(labelsQuery, request.query);
    const found = await service.list({ limit: limit + 1, ...(before !== undefined && { before }) });
    const labels = found.slice(0, limit);
    const next = found.length > limit ? (labels.at(-1)?.seq ?? null) : null;
    const byClass = [...(await service.counts())].map(([label, images]) => ({ label, images }));
    const answer: LabelsAnswer = { labels, next, byClass };
    response.json(answer);
  });
  router.post(PATH, describe(GIVE), jsonBody(MAX_BODY), async (request: Request, response: Response) => {
    const service = requireLabels(services);
    const { id, label, ...who } = validate(
      giveLabelBody.extend({ label: labelIn(labelsOf(services)) }),
      request.body,
    );
    const answer: LabelAnswer = await service.give({ id, label }, operatorOf(request, who));
    response.json(answer);
  });
  router.all(PATH, methodNotAllowed('GET', 'POST'));

  router.post(
    `${PATH}/withdraw`,
    describe(WITHDRAW),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      const service = requireLabels(services);
      const body = validate(withdrawLabelBody, request.body);
      await service.withdraw(body.id, operatorOf(request, body));
      response.status(204).end();
    },
  );
  router.all(`${PATH}/withdraw`, methodNotAllowed('POST'));

  router.get(`${PATH}/queue`, describe(QUEUE), async (request, response) => {
    const choice = validate(labelQueueQuery, request.query);
    const off = whyOff(services);
    const answer: LabelQueueAnswer =
      off === null
        ? { ...(await queueOf(requireLabels(services), choice)), off }
        : { images: [], classes: [], labels: 0, off };
    response.json(answer);
  });

  router.get(`${PATH}/export`, describe(EXPORT), async (request, response) => {
    const service = requireLabels(services);
    const { format } = validate(labelExportQuery, request.query);
    response.set('Content-Type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
    response.set('Content-Disposition', `attachment; filename="labels.${format}"`);
    const writer = format === 'csv' ? LABEL_CSV : NDJSON;
    await sendPages(response, { ...writer, read: (page) => service.list(page) });
  });

  router.get(`${PATH}/log`, describe(LOG), (request, response) => {
    const { limit, before } = validate(steeringLogQuery, request.query);
    const found = requireLabels(services).history(limit + 1, before);
    const entries = found.slice(0, limit);
    const next = found.length > limit ? (entries.at(-1)?.number ?? null) : null;
    const answer: LabelLogAnswer = { entries, next };
    response.json(answer);
  });
  router.all([`${PATH}/queue`, `${PATH}/export`, `${PATH}/log`], methodNotAllowed('GET'));
  return router;
}

async function queueOf(
  service: LabelsService,
  choice: QueueChoice,
): Promise<LabelQueue & { labels: number }> {
  const queue = await service.queue(choice);
  const labels = [...(await service.counts()).values()].reduce((sum, images) => sum + images, 0);
  return { ...queue, labels };
}

/** Why no image can be labelled in this process of the command `run`, as a sentence; null if one can. */
export function whyOff({ labels, modelElsewhere }: HttpServices): string | null {
  return labels === undefined && modelElsewhere === null ? OFF : null;
}

/** Throws MODEL_ELSEWHERE in a process without a stream of images, FORBIDDEN where labels are switched off. */
export function requireLabels({ labels, modelElsewhere }: HttpServices): LabelsService {
  if (labels !== undefined) return labels;
  if (modelElsewhere === null) throw new StreamInferError('FORBIDDEN', OFF);
  throw new StreamInferError(
    'MODEL_ELSEWHERE',
    'serve has no model whose predictions could be corrected; send this to a process of the command `run`',
  );
}

const READ = { tag: 'labels', errors: [403, 501, 503] } as const satisfies Partial<Operation>;
const CHANGE = { tag: 'labels', errors: [403, 404, 413, 501, 502, 503, 504] } as const;

const LIST: Operation = {
  ...READ,
  paths: ['/api/v1/labels'],
  summary: 'Labels in force, with their images',
  query: labelsQuery,
  answer: { 'application/json': labelsAnswer },
};
const GIVE: Operation = {
  ...CHANGE,
  paths: ['/api/v1/labels'],
  summary: 'Label an image of the stream, or change its label',
  description:
    'Answers when the broker has confirmed the message on the topic of labels. The prediction and its image must still be stored.',
  body: { 'application/json': giveLabelBody },
  answer: { 'application/json': imageLabel },
};
const WITHDRAW: Operation = {
  ...CHANGE,
  paths: ['/api/v1/labels/withdraw'],
  summary: 'Withdraw the label of an image',
  description: 'Publishes a message whose label is null. The image returns to the queue.',
  body: { 'application/json': withdrawLabelBody },
  status: 204,
  answer: {},
};
const QUEUE: Operation = {
  ...READ,
  paths: ['/api/v1/labels/queue'],
  summary: 'Images that are most worth a label',
  description:
    'Recent images without a label: the least certain predictions, and images that two versions labelled differently in a shadow.',
  query: labelQueueQuery,
  answer: { 'application/json': labelQueueAnswer },
};
const EXPORT: Operation = {
  ...READ,
  paths: ['/api/v1/labels/export'],
  summary: 'Export all labels with their images as a file',
  description: 'Newest first. The command train reads the NDJSON with --from-labels.',
  query: labelExportQuery,
  answer: { 'application/x-ndjson': 'text', 'text/csv': 'text' },
};
const LOG: Operation = {
  ...READ,
  paths: ['/api/v1/labels/log'],
  summary: 'Audit log: who labelled, withdrew and retrained, and when',
  description: 'Pass next as before to get the next page. The last 500 changes are kept in memory.',
  query: steeringLogQuery,
  answer: { 'application/json': labelLogAnswer },
  errors: [403, 501],
};
