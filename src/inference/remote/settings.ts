import type { ModelOutput } from '../../core/model-description';
import type { RemoteProtocol, Tensor } from '../../core/remote-model';

/** A model behind an address. Absent fields are read from the server's metadata, or have a default. */
export interface RemoteSettings {
  /** Of the server, the model or, with `custom`, the endpoint; without credentials. */
  readonly url: string;
  readonly protocol: RemoteProtocol;
  /** Name of the model at the server. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Sent with each request; the token as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly labels?: readonly string[] | undefined;
  readonly input: {
    readonly width?: number | undefined;
    readonly height?: number | undefined;
    readonly color?: 'grey' | 'rgb' | 'bgr' | undefined;
    readonly layout?: 'nhwc' | 'nchw' | undefined;
    readonly tensor?: Tensor | undefined;
    /** Name of the input tensor. */
    readonly name?: string | undefined;
    readonly scale: number;
    readonly offset: number;
    readonly mean?: readonly number[] | undefined;
    readonly std?: readonly number[] | undefined;
  };
  readonly output: {
    /** Name of the output tensor with the scores. */
    readonly name?: string | undefined;
    readonly activation: ModelOutput['activation'];
    readonly top?: number | undefined;
  };
  /** Of one request, ms. */
  readonly timeoutMs: number;
  /** Requests at a time. */
  readonly concurrency: number;
  /** Largest number of images of one request. */
  readonly maxBatch: number;
}
