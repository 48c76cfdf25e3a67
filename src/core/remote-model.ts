/** Protocols of a model server. */
export const REMOTE_PROTOCOLS = ['open-inference', 'tensorflow-serving', 'custom'] as const;
export type RemoteProtocol = (typeof REMOTE_PROTOCOLS)[number];

/** Form in which images are sent. `bytes`: files, as their producer sent them. */
export const TENSORS = ['uint8', 'fp32', 'bytes'] as const;
export type Tensor = (typeof TENSORS)[number];

/** Whether a model is an address of any kind, which may hold a secret and is never shown in an error. */
export function hasScheme(model: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(model);
}

export const UNSUPPORTED_SCHEME = 'only addresses with http:// and https:// are supported';

/** Whether a model is an address instead of a name or a folder. */
export function isAddress(model: string): boolean {
  return /^https?:\/\//i.test(model);
}
