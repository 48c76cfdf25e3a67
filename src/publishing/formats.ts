/** How a published image is encoded in its message. */
export const PUBLISH_FORMATS = ['raw', 'png', 'jpeg', 'json'] as const;
export type PublishFormat = (typeof PUBLISH_FORMATS)[number];
