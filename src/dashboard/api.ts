import type { InvertMode } from '../core/image';
import type { Headers } from '../http/schemas/answer-fields';
import type { QueueReason } from '../core/label';
import type { ModelVersion } from '../core/model-version';
import type { EventImageName } from '../core/event';
import type {
  DeadLetterAnswer,
  DeadLetterDetail,
  DeadLettersAnswer,
  Redriven,
} from '../http/schemas/dead-letters';
import type { LoadWindow } from '../core/load-history';
import type { LoadHistoryAnswer } from '../http/schemas/load-history';
import type { DriftAnswer } from '../http/schemas/drift';
import type { AlertsAnswer, EventAnswer, EventsAnswer } from '../http/schemas/events';
import type { ExplanationAnswer } from '../http/schemas/explain';
import type { LabelAnswer, LabelQueueAnswer, RetrainingAnswer } from '../http/schemas/labels';
import type { ModelAnswer, ModelsAnswer } from '../http/schemas/models';
import type { PredictionsAnswer } from '../http/schemas/predictions';
import type { PredictionFrame } from '../http/schemas/stream';
import type { Problem } from '../http/schemas/problem';
import type { PublishJob, PublishJobsAnswer } from '../http/schemas/publish';
import type { ConfusionAnswer, HistoryAnswer } from '../http/schemas/quality';
import type { RolloutAnswer } from '../http/schemas/rollout';
import type { SteeringAnswer, SteeringLogAnswer } from '../http/schemas/steering';
import type { ConfigAnswer } from '../http/schemas/settings';
import type { VersionDetailsAnswer } from '../http/schemas/version-details';
import { API } from './served-model';
import type { AnsweredPrediction } from './state';

/** An error answered by the server, with a readable message. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code = '',
  ) {
    super(message);
  }
}

export interface PublishForm {
  readonly split: 'test' | 'train';
  readonly start: number;
  readonly end: number;
  readonly rate?: number;
  readonly loop: boolean;
  readonly shuffle: boolean;
}

export const listJobs = (): Promise<PublishJobsAnswer> => ask('publish');

export const startJob = (form: PublishForm): Promise<PublishJob> =>
  ask('publish', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  });

export const cancelJob = (id: string): Promise<PublishJob> =>
  ask(`publish/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const getPrediction = (id: string): Promise<AnsweredPrediction & { readonly headers?: Headers }> =>
  ask(`predictions/${encodeURIComponent(id)}`);

/** Newest first; `before` is `next` of the previous page. */
export const listPredictions = (query: Readonly<Record<string, string>>): Promise<PredictionsAnswer> =>
  ask(`predictions?${new URLSearchParams(query).toString()}`);

export const getModel = (): Promise<ModelAnswer> => ask('model');

export const getConfusion = (): Promise<ConfusionAnswer> => ask('confusion');

export const getDrift = (): Promise<DriftAnswer> => ask('drift');

export const getHistory = (minutes: number): Promise<HistoryAnswer> => ask(`history?minutes=${minutes}`);

export const getLoadHistory = (window: LoadWindow): Promise<LoadHistoryAnswer> =>
  ask(`load-history?window=${window}`);

export const getConfig = (): Promise<ConfigAnswer> => ask('config');

export const listModels = (): Promise<ModelsAnswer> => ask('models');

export const getVersion = (version: number): Promise<VersionDetailsAnswer> =>
  ask(`models/versions/${version}`);

/** Resolves when the version is active. */
export const loadVersion = (name: string, version: number): Promise<ModelVersion> =>
  changeModel(`${encodeURIComponent(name)}/versions/${version}/load`);

/** Resolves with the version that is active afterwards. */
export const rollBack = (name: string): Promise<ModelVersion> =>
  changeModel(`${encodeURIComponent(name)}/unload`);

export const getRollout = (): Promise<RolloutAnswer> => ask('models/rollout');

export type RolloutStart =
  | { readonly mode: 'canary'; readonly version: number; readonly percent: number }
  | { readonly mode: 'shadow'; readonly version: number };

export const startRollout = (request: RolloutStart): Promise<RolloutAnswer> =>
  ask('models/rollout', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });

export const endRollout = (): Promise<RolloutAnswer> => ask('models/rollout', { method: 'DELETE' });

export type SteeringRequest =
  | { readonly action: 'pause' | 'resume' | 'drain' }
  | { readonly action: 'rate'; readonly rate: number | null }
  | { readonly action: 'workers'; readonly workers: number | 'auto' }
  | { readonly action: 'seek'; readonly to: string };

/** Changes the stream; the name and the reason go to the audit log. */
export const steer = (
  { action, ...fields }: SteeringRequest,
  operator: { readonly by: string; readonly reason: string },
): Promise<SteeringAnswer> =>
  ask(`steering/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...operator, ...fields }),
  });

export const listChanges = (limit: number): Promise<SteeringLogAnswer> => ask(`steering/log?limit=${limit}`);

export const getLabelQueue = (kind: LabelKind): Promise<LabelQueueAnswer> => ask(`labels/queue?kind=${kind}`);

export type LabelKind = 'all' | QueueReason;

/** Labels an image; the name goes to the audit log. */
export const giveLabel = (id: string, label: number, by: string): Promise<LabelAnswer> =>
  ask('labels', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, label, by }),
  });

export const withdrawLabel = (id: string, by: string): Promise<void> =>
  ask('labels/withdraw', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, by }),
  });

export const labelExportUrl = (format: 'ndjson' | 'csv'): string => `${API}/labels/export?format=${format}`;

export const getRetraining = (): Promise<RetrainingAnswer> => ask('labels/retraining');

export const startRetraining = (by: string): Promise<RetrainingAnswer> => changeRetraining('', by);

export const cancelRetraining = (by: string): Promise<RetrainingAnswer> => changeRetraining('/cancel', by);

const changeRetraining = (path: string, by: string): Promise<RetrainingAnswer> =>
  ask(`labels/retraining${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by }),
  });

export const listDeadLetters = (query: Readonly<Record<string, string>>): Promise<DeadLettersAnswer> =>
  ask(`dead-letters?${new URLSearchParams(query).toString()}`);

export const getDeadLetter = (id: string): Promise<DeadLetterDetail> =>
  ask(`dead-letters/${encodeURIComponent(id)}`);

export const redriveOne = (id: string, force: boolean): Promise<DeadLetterAnswer> =>
  ask(`dead-letters/${encodeURIComponent(id)}/redrive?force=${force}`, { method: 'POST' });

/** Publishes a dead letter again with this value (base64) and these headers. */
export const redriveEdited = (
  id: string,
  edit: { readonly value: string; readonly headers: Headers; readonly force: boolean },
): Promise<DeadLetterAnswer> =>
  ask(`dead-letters/${encodeURIComponent(id)}/edit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(edit),
  });

/** Redrives all dead letters, or those with this code. */
export const redriveAll = (code: string | undefined): Promise<Redriven> =>
  ask('dead-letters/redrive', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(code === undefined ? {} : { code }),
  });

export const listEvents = (query: Readonly<Record<string, string>>): Promise<EventsAnswer> =>
  ask(`events?${new URLSearchParams(query).toString()}`);

export const listAlerts = (query: Readonly<Record<string, string>>): Promise<AlertsAnswer> =>
  ask(`alerts?${new URLSearchParams(query).toString()}`);

export const getEvent = (id: string): Promise<EventAnswer> => ask(`events/${encodeURIComponent(id)}`);

export const getAlert = (number: string): Promise<EventAnswer> => ask(`alerts/${encodeURIComponent(number)}`);

/** The first acknowledgement is kept. */
export const acknowledge = (number: number, by: string, note: string): Promise<EventAnswer> =>
  ask(`alerts/${number}/ack`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by, note }),
  });

export const eventImageUrl = (id: string, name: EventImageName): string =>
  `${API}/events/${encodeURIComponent(id)}/${name}.png`;

/** Whether the server has this page. */
export const hasPage = async (path: string): Promise<boolean> =>
  (await fetch(path, { method: 'HEAD' }).catch(() => undefined))?.ok === true;

export const imageUrl = (id: string, scale: number): string =>
  `${API}/images/${encodeURIComponent(id)}.png?scale=${scale}`;

/** Without `invert`, the process inverts as it does in the stream. */
export const classify = (image: Blob, invert?: InvertMode): Promise<PredictionFrame> =>
  ask(`classify?pixels=true${invert === undefined ? '' : `&invert=${invert}`}`, sending(image));

/** A stored prediction, or an image to classify. */
export type ExplainedSubject =
  { readonly id: string } | { readonly image: Blob; readonly invert: InvertMode | undefined };

/** An occlusion map of the image for this class. */
export const explain = (subject: ExplainedSubject, label: number): Promise<ExplanationAnswer> => {
  const query = new URLSearchParams({ label: String(label) });
  if ('id' in subject) {
    query.set('id', subject.id);
    return ask(`explain?${query.toString()}`, { method: 'POST' });
  }
  if (subject.invert !== undefined) query.set('invert', subject.invert);
  return ask(`explain?${query.toString()}`, sending(subject.image));
};

/** The stored image of a prediction, as a PNG file. */
export async function getImage(id: string): Promise<Blob> {
  const response = await reach(imageUrl(id, 1));
  if (!response.ok) throw new ApiError(`The server answered ${response.status}.`, response.status);
  return await response.blob();
}

/** Whether the server refuses requests for lack of a token. */
export async function needsToken(): Promise<boolean> {
  const response = await fetch(`${API}/lag`).catch(() => undefined);
  return response?.status === 401;
}

function sending(image: Blob): RequestInit {
  return { method: 'POST', headers: { 'content-type': sendableType(image.type) }, body: image };
}

/** Browsers guess the type from the file name; without a type the server inspects the bytes. */
function sendableType(type: string): string {
  return ['image/png', 'image/jpeg', 'image/webp', 'application/json'].includes(type)
    ? type
    : 'application/octet-stream';
}

/** Routes of the Open Inference Protocol have their own form of errors. */
async function changeModel(path: string): Promise<ModelVersion> {
  const response = await reach(`/v2/repository/models/${path}`, { method: 'POST' });
  const body = (await response.json().catch(() => null)) as { readonly error?: string } | null;
  if (response.ok && body !== null) return body as ModelVersion;
  throw new ApiError(body?.error ?? `The server answered ${response.status}.`, response.status);
}

async function reach(path: string, init?: RequestInit): Promise<Response> {
  return await fetch(path, init).catch(() => {
    throw new ApiError('The server does not respond. Is stream-infer still running?', 0);
  });
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await reach(`${API}/${path}`, init);
  const body = (await response.json().catch(() => null)) as unknown;
  if (response.ok && (body !== null || response.status === 204)) return body as T;
  const problem = body as Problem | null;
  throw new ApiError(
    problem?.detail ?? `The server answered ${response.status}.`,
    response.status,
    problem?.code,
  );
}
