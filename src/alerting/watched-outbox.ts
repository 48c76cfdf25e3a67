import type { Outbox } from '../core/ports';
import type { RuleWatch } from './watch';

/**
 * An outbox that lets the rules see outcomes before it delivers them. Not an observer of the pipeline, which is told when
 * the source is past them already: a crash in between would lose what the rules notice.
 */
export function watchedOutbox(outbox: Outbox, watch: Pick<RuleWatch, 'look'>): Outbox {
  return {
    get stalled() {
      return outbox.stalled;
    },
    deliver: (outcomes, more) => {
      watch.look(outcomes);
      return outbox.deliver(outcomes, more);
    },
  };
}
