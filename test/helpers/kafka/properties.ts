import { connect } from 'node:net';

/** An additional listener besides the plain one of `bootstrapServers`. */
export interface Listener {
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT';
  /** The advertised loopback port, for example of a proxy (default: the port of the listener). */
  readonly advertisedPort?: number;
}

/** `server.properties` of a broker that is its own controller. */
export function serverProperties(
  port: number,
  controllerPort: number,
  data: string,
  overrides: Readonly<Record<string, string>>,
): string {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': data,
    'num.partitions': '4',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '3000',
    ...overrides,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

export function furtherListener(
  port: number,
  controllerPort: number,
  furtherPort: number,
  { name, protocol, advertisedPort = furtherPort }: Listener,
): Record<string, string> {
  const plain = `PLAINTEXT://127.0.0.1:${port}`;
  return {
    listeners: `${plain},${name}://127.0.0.1:${furtherPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${plain},${name}://127.0.0.1:${advertisedPort}`,
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,${name}:${protocol}`,
  };
}

export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
