import type { DecodeOutcome } from '../../codec/decode-item';
import type { ImageFormat, InvertMode } from '../../core/image';
import type { ModelShape } from '../../core/model-shape';
import type { OutsideImage } from '../outside-image';
import type { RemoteModel } from '../remote/server-model';
import type { RemoteSettings } from '../remote/settings';

/** Messages between the main thread and the preparing threads. Plain data only, because it is cloned. */

/** Sent to every thread at its start. */
export interface PreparingSettings {
  readonly shape: ModelShape;
  /** Absent for a function of the program. */
  readonly remote?: { readonly settings: RemoteSettings; readonly model: RemoteModel } | undefined;
}

export type PreparingTask = DecodeTask | RequestTask | ScoresTask;

/** One image, with its envelope if it has one. */
export interface DecodeTask {
  readonly kind: 'decode';
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly invert: InvertMode;
}

/** The images of one request to a server. */
export interface RequestTask {
  readonly kind: 'request';
  readonly images: readonly OutsideImage[];
}

/** The answer to a request with n images. */
export interface ScoresTask {
  readonly kind: 'scores';
  readonly body: Uint8Array;
  readonly n: number;
}

export interface WrittenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type PreparingReply =
  | { readonly kind: 'decoded'; readonly outcome: DecodeOutcome }
  | { readonly kind: 'written'; readonly request: WrittenRequest }
  | { readonly kind: 'read'; readonly scores: Float32Array<ArrayBuffer> }
  | { readonly kind: 'threw'; readonly message: string };
