/** Messages of `schema/open-inference.proto` as the loader decodes them: names as in the file, lists never absent. */

export interface ModelName {
  readonly name: string;
  /** Empty for the active one. */
  readonly version: string;
}

export interface TensorContents {
  readonly uint_contents: readonly number[];
  readonly fp32_contents: readonly number[];
  readonly bytes_contents: readonly Buffer[];
}

export interface InferParameter {
  readonly int64_param?: number;
  readonly uint64_param?: number;
}

export interface ModelInferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents: TensorContents | null;
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, InferParameter>>;
  }[];
  readonly raw_input_contents: readonly Buffer[];
}
