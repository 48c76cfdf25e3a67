import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postSigned } from '../../src/signed-post/signed-post';

it('signs as the published example of Standard Webhooks', async () => {
  let headers: IncomingHttpHeaders = {};
  const receiver = createServer((request, response) => {
    ({ headers } = request);
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_614_265_330_000);
  try {
    await postSigned(
      new URL(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`),
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: Buffer.from('{"test": 2432232314}') },
      {
        receiver: 'the receiver',
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        timeoutMs: 10_000,
        lookup: undefined,
        version: '0.1.0',
      },
      new AbortController().signal,
    );
  } finally {
    now.mockRestore();
    receiver.close();
  }
  expect(headers).toMatchObject({
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
