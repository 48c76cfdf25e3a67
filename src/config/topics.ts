import type { Config } from './schema';

/** The topics, subscription and data-dependent defaults that follow from other settings. */
export function inputSubscription(config: Config): string {
  return config.input.subscription ?? `${config.input.topic}-sub`;
}

export function deadLetterTopic(config: Config): string {
  return config.output.dlq ?? `${config.input.topic}.dlq`;
}

/** Pub/Sub subscription that dead letters are listed and redriven from. */
export function deadLetterSubscription(config: Config): string {
  return `${deadLetterTopic(config)}-sub`;
}
