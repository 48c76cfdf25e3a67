import type { InvertMode } from '../core/image';
import type { Prediction } from '../core/prediction';
import type { PublishJob } from '../http/services';
import type { ClassifyAnswer, Problem, PublishJobsAnswer } from '../http/wire';

/** What the server answered instead of the thing asked for; the message is for people. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
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

export const getPrediction = (id: string): Promise<Prediction> =>
  ask(`predictions/${encodeURIComponent(id)}`);

export const imageUrl = (id: string, scale: number): string =>
  `/api/v1/images/${encodeURIComponent(id)}.png?scale=${scale}`;

export const classify = (image: Blob, invert: InvertMode): Promise<ClassifyAnswer> =>
  ask(`classify?pixels=true&invert=${invert}`, {
    method: 'POST',
    headers: { 'content-type': sendableType(image.type) },
    body: image,
  });

/** 401 is the only answer that a new token would change. */
export async function needsToken(): Promise<boolean> {
  const response = await fetch('/api/v1/lag').catch(() => undefined);
  return response?.status === 401;
}

/** What the system calls a file's type is a guess by its name; the server looks at the bytes when told nothing. */
function sendableType(type: string): string {
  return ['image/png', 'image/jpeg', 'image/webp', 'application/json'].includes(type)
    ? type
    : 'application/octet-stream';
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`/api/v1/${path}`, init).catch(() => {
    throw new ApiError('The server does not answer. Is stream-infer still running?', 0);
  });
  const body = (await response.json().catch(() => null)) as unknown;
  if (response.ok && body !== null) return body as T;
  throw new ApiError(
    (body as Problem | null)?.detail ?? `The server answered ${response.status}.`,
    response.status,
  );
}
