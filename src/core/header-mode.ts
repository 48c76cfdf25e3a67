/**
 * Headers that are added to a prediction: none, `content-type` alone, or CloudEvents binary mode. The JSON contains
 * all of it, and each header costs time here and bytes at the broker.
 */
export const HEADER_MODES = ['none', 'json', 'cloudevents'] as const;
export type HeaderMode = (typeof HEADER_MODES)[number];
