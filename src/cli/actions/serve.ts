import { join } from 'node:path';
import type { Command } from 'commander';
import { ResultsServer } from '../../results-server/results-server';
import { dataFolder } from '../../setup/data-folder';
import { configFrom } from '../config-from';
import { refuseInProcessBroker } from '../in-process-broker';
import { withProcess } from '../process-life';

/** Starts, reads and answers until a signal, then releases everything. */
export async function serve(_options: object, command: Command): Promise<void> {
  const loaded = configFrom(command, 'serve');
  refuseInProcessBroker(loaded.config, 'serve reads the predictions of other processes; ');
  await withProcess(loaded, {
    // Not the ids of run: its group members find their partitions again by id.
    instances: join(dataFolder(), 'serve'),
    idSuffix: '-serve',
    onSignal: 'stopping; a second signal stops immediately',
    create: (options) => new ResultsServer(options),
    work: async (server, { signal }) => {
      await server.start();
      await server.run(signal);
    },
  });
}
