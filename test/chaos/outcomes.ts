/** Messages of the three topics, decoded for the verdict. */
import type { Message } from '../../src/brokers/kafka/native';
import type { Input, Outcome } from './verdict';

/** Throws for a message without the number that the publisher gave it. */
export function inputOf({ partition, offset, headers }: Message): Input {
  return { id: wholeNumber(textsOf(headers)['id']), partition, offset };
}

/** Throws for messages that are neither a prediction nor a dead letter of a numbered message. */
export function outcomeOf(message: Message, dlq: string): Outcome {
  if (message.topic === dlq) {
    const texts = textsOf(message.headers);
    return {
      id: wholeNumber(texts['id']),
      partition: wholeNumber(texts['source-partition']),
      offset: wholeNumber(texts['source-offset']),
    };
  }
  const { id, source } = JSON.parse(String(message.value)) as {
    id: string;
    source: { partition: number | null; offset: string | null };
  };
  return {
    id: wholeNumber(id),
    partition: wholeNumber(String(source.partition)),
    offset: wholeNumber(source.offset ?? ''),
  };
}

/** The first of each name. */
function textsOf(headers: Message['headers']): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const header of headers ?? [])
    for (const [name, text] of Object.entries(header)) texts[name] ??= String(text);
  return texts;
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new Error(`"${text}" is not a whole number`);
  return Number(text);
}
