/** Prints a token of Google Cloud as JSON, or its error. Jest lacks the `import()` of Google's HTTP client. */
import { GcpProvider } from '../../src/brokers/kafka/identity/gcp';
import { StreamInferError } from '../../src/core/errors';

const principal = process.argv[2];

new GcpProvider(principal === undefined ? {} : { principal })
  .fetch()
  .then((token) => console.log(JSON.stringify(token)))
  .catch((error: unknown) => {
    const { code, message } = StreamInferError.from(error);
    console.log(JSON.stringify({ code, message }));
  });
