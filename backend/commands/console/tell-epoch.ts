import type { OpenedEpoch } from '../../log/open-epochs.ts';
import { fact, type Write } from './fact.ts';

/** How a stream goes on after a restore. */
export function tellEpoch(write: Write, { stream, epoch, lastCommonSeq, previousEpoch, already }: OpenedEpoch): void {
  const how = already ? 'was opened before for this restore' : 'goes on';
  fact(write, stream, `${how} after ${lastCommonSeq}, in epoch ${epoch} (before: ${previousEpoch})`);
}
