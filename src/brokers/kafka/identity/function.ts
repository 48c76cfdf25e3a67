import { StreamInferError } from '../../../core/errors';
import type { TokenProvider } from './provider';
import type { KafkaToken, KafkaTokenFunction } from './settings';

/** The token function of a program that uses the library. */
export class FunctionProvider implements TokenProvider {
  readonly name = 'the token function';

  constructor(private readonly token: KafkaTokenFunction) {}

  async load(): Promise<void> {}

  async fetch(): Promise<KafkaToken> {
    try {
      return await this.token();
    } catch (error) {
      throw StreamInferError.from(error, 'IDENTITY_UNAVAILABLE', 'the token function failed: ');
    }
  }
}
