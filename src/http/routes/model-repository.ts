import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { ModelVersion, VersionState } from '../../core/model-version';
import { jsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { requireModels } from '../require-models';
import { methodNotAllowed, notFound } from '../problems';
import { modelVersion } from '../schemas/models';
import { versionText } from '../schemas/request-fields';
import type { HttpServices, ModelsService } from '../services';
import { validate } from '../validation';

const MAX_BODY = '16kb';
const INDEX_PATH = '/v2/repository/index';
const MODEL = ['/v2/repository/models/:model', '/v2/repository/models/:model/versions/:version'];

const indexBody = z.strictObject({ ready: z.boolean().optional() });
/** Other `parameters` of the extension would change more than the version. */
const changeBody = z.strictObject({
  parameters: z.strictObject({ unload_dependents: z.boolean().optional() }).optional(),
});

/** Model repository extension of the Open Inference Protocol: list versions, hot swap and rollback. */
export function modelRepositoryRoutes(services: HttpServices): Router {
  const router = Router();
  const body = jsonBody(MAX_BODY);
  router.post(INDEX_PATH, describe(INDEX), body, async (request: Request, response: Response) => {
    const { ready } = validate(indexBody, request.body);
    const all = services.allModels?.() ?? [requireModels(services)];
    const lists = await Promise.all(all.map((models) => models.list()));
    const versions = lists.flat().map(toIndexEntry);
    response.json(ready === true ? versions.filter(({ state }) => state === 'READY') : versions);
  });
  router.post(withTail('/load'), describe(LOAD), body, async (request: Request, response: Response) => {
    const { models, version } = requestedModel(services, request);
    response.json(await models.load(version));
  });
  router.post(withTail('/unload'), describe(UNLOAD), body, async (request: Request, response: Response) => {
    const { models, version } = requestedModel(services, request);
    response.json(await models.unload(version));
  });
  router.all([INDEX_PATH, ...withTail('/load'), ...withTail('/unload')], methodNotAllowed('POST'));
  return router;
}

function withTail(tail: string): string[] {
  return MODEL.map((path) => path + tail);
}

/** Throws NOT_FOUND for a name other than the active model, because only its versions can be loaded. */
function requestedModel(
  services: HttpServices,
  request: Request,
): { models: ModelsService; version?: number } {
  const models = requireModels(services);
  const { model, version } = request.params as { model: string; version?: string };
  validate(changeBody, request.body);
  const name = services.model()?.name;
  if (name !== model)
    throw notFound(`Model ${JSON.stringify(model)} does not exist; the active model is ${name}.`);
  if (version === undefined) return { models };
  return { models, version: Number(validate(z.object({ version: versionText }), { version }).version) };
}

const OIP_STATES: Readonly<Record<VersionState, 'READY' | 'LOADING' | 'UNAVAILABLE'>> = {
  serving: 'READY',
  standby: 'UNAVAILABLE',
  canary: 'READY',
  shadow: 'UNAVAILABLE',
  loading: 'LOADING',
  available: 'UNAVAILABLE',
  refused: 'UNAVAILABLE',
  withdrawn: 'UNAVAILABLE',
};

function toIndexEntry({ name, version, state, reason }: ModelVersion) {
  return { name, version: String(version), state: OIP_STATES[state], reason: reason ?? '' };
}

const COMMON = {
  tag: 'open inference',
  errorForm: 'message',
  bodyOptional: true,
} as const satisfies Partial<Operation>;
const CHANGE = {
  ...COMMON,
  parameters: {
    model: 'Name of the active model.',
    version: versionText.describe('Version of the model.'),
  },
  body: { 'application/json': changeBody },
  answer: { 'application/json': modelVersion },
  errors: [409, 501, 503],
} as const satisfies Partial<Operation>;

function modelPaths(tail: string): [string, string] {
  return [`/v2/repository/models/{model}${tail}`, `/v2/repository/models/{model}/versions/{version}${tail}`];
}

const INDEX: Operation = {
  ...COMMON,
  paths: [INDEX_PATH],
  summary: 'List the versions in the model folder',
  body: { 'application/json': indexBody },
  answer: {
    'application/json': z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        state: z.enum(['READY', 'LOADING', 'UNAVAILABLE']),
        reason: z.string().describe('Why the version was refused or rolled back; otherwise empty.'),
      }),
    ),
  },
  errors: [501, 503],
};
const LOAD: Operation = {
  ...CHANGE,
  paths: modelPaths('/load'),
  summary: 'Load a version (default: the newest)',
  description:
    'Answers when the version is active. A version that is incomplete, incompatible, less accurate or slower than allowed ' +
    'is refused with the reason, and the previous version stays active. Requires --model-control poll or explicit.',
};
const UNLOAD: Operation = {
  ...CHANGE,
  paths: modelPaths('/unload'),
  summary: 'Roll back to the previous version',
  description:
    'Answers with the version that is active afterwards: immediately if the previous version is warm, otherwise once it is loaded.',
};
