import { createServer, type Server } from 'node:net';
import { brokerProcesses, listenerOn, listeningInodes } from '../../src/bench/listeners';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:2384 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 31338 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D2F0 0100007F:2384 06 00000000:00000000 03:00000F5A 00000000     0        0 0 3 0000000000000000
   3: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0 100 0 0 10 0
`;

describe('the table of TCP sockets', () => {
  it('lists the sockets listening on a port, not its connections', () => {
    expect(listeningInodes(TABLE, 9_092)).toEqual(['31337']);
    expect(listeningInodes(TABLE, 80)).toEqual(['777']);
  });

  it('has no entry for an unused port', () => {
    expect(listeningInodes(TABLE, 0xd2f0)).toEqual([]);
    expect(listeningInodes('', 9_092)).toEqual([]);
  });
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the process behind a port', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is found', async () => {
    expect(listenerOn(port)).toBe(process.pid);
    const twice = [
      { host: 'localhost', port },
      { host: '127.0.0.1', port },
    ];
    expect(await brokerProcesses(twice)).toEqual([process.pid]);
  });

  it('is unknown when a broker is on another machine, or without brokers', async () => {
    const elsewhere = { host: '192.0.2.1', port };
    expect(await brokerProcesses([{ host: '127.0.0.1', port }, elsewhere])).toBeNull();
    expect(await brokerProcesses([{ host: 'no-such-host.invalid', port }])).toBeNull();
    expect(await brokerProcesses([])).toBeNull();
  });
});
