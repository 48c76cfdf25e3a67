import { isFile } from '../../codec/is-quick';
import type { OutsideImage } from '../outside-image';
import type { HttpRequest } from '../remote/http-caller';
import type { ProtocolClient, RemoteClient } from '../remote/server-model';
import type { PreparingThreads } from './threads';

/** Requests and answers up to this size are written and read at once: in less than a millisecond. */
const QUICK_BYTES = 64 * 1024;

/** A client whose large requests are written, and large answers read, in other threads. */
export class PreparedClient implements RemoteClient {
  readonly mostBytes: number;

  constructor(
    private readonly client: ProtocolClient,
    private readonly threads: Pick<PreparingThreads, 'write' | 'read'>,
    /** The requests hold the files of the images, not their pixels. */
    private readonly sendsFiles: boolean,
  ) {
    this.mostBytes = client.mostBytes;
  }

  bytesOf(image: OutsideImage): number {
    return this.client.bytesOf(image);
  }

  async request(images: readonly OutsideImage[]): Promise<HttpRequest> {
    const bytes = images.reduce((sum, image) => sum + this.#cost(image), 0);
    if (bytes <= QUICK_BYTES) return await this.client.request(images);
    return await this.threads.write(this.sendsFiles ? images : images.map(withoutFile));
  }

  async scoresIn(body: Buffer, n: number): Promise<Float32Array<ArrayBuffer>> {
    return body.length <= QUICK_BYTES ? this.client.scoresIn(body, n) : await this.threads.read(body, n);
  }

  /** An envelope has to be opened for the file in it, and a file made of raw pixels. */
  #cost(image: OutsideImage): number {
    const bytes = this.client.bytesOf(image);
    return this.sendsFiles && !isFile(image.format) ? Math.max(bytes, image.value.length) : bytes;
  }
}

/** The file would be copied to the thread for nothing. */
function withoutFile({ pixels }: OutsideImage): OutsideImage {
  return { pixels, value: NOTHING, format: 'raw' };
}

const NOTHING = new Uint8Array(0);
