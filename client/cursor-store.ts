import type { Cursor } from './types.ts';

/** Where a program keeps its place between runs. `save` may resolve only when the cursor would survive a crash. */
export interface CursorStore {
  load(): Promise<Cursor | null>;
  save(cursor: Cursor): Promise<void>;
}

/** Made for one delivery, in order of delivery: calling the result stores its cursor. */
export type Acknowledge = (cursor: Cursor) => () => Promise<void>;

/**
 * Saves acknowledged cursors one after the other. Acknowledging an earlier delivery after a later one changes nothing: a place never moves back.
 * Without a store there is nothing to keep.
 */
export function acknowledger(store: CursorStore | undefined): Acknowledge {
  let delivered = 0;
  let saved = -1;
  let last: Promise<void> = Promise.resolve();

  return (cursor) => {
    const order = delivered++;
    return () => {
      const saving = last.then(async () => {
        if (store === undefined || order <= saved) return;
        await store.save(cursor);
        saved = order;
      });
      last = saving.catch(() => undefined);
      return saving;
    };
  };
}
