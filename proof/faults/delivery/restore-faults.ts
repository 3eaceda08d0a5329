import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readStreamState } from '../../../backend/log/read.ts';
import { Running } from '../running.ts';
import { ambient } from '../scene.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');

/** What happens to the data itself. */
export const restoreFaults: readonly Fault[] = [
  {
    id: 'F56',
    title: 'the database is put back from a cold copy that lacks the newest events',
    promise:
      'a new epoch: cursors into what was lost are told EPOCH_CHANGED with the last common place; no seq is used twice in one epoch',
    async strike(world) {
      const pod = await world.usual();
      await world.writer.stop();
      const common = world.writer.head;
      await world.until('the last event of the copy', () => hasAll(world, common));
      await world.ground.stop();
      const copy = join(world.folder, 'copy');
      copyFolder(world.ground.folder, copy);
      await world.ground.start();
      await writeMore(world, 'lost');
      const lost = world.followers.map((follower) => follower.heard().filter(({ seq }) => seq > common).length);

      for (const one of world.pods) one.signal('SIGKILL');
      await pod.ended();
      await world.ground.stop();
      await rm(world.ground.folder, { recursive: true });
      copyFolder(copy, world.ground.folder);
      await world.ground.start();
      await openEpoch(world);
      await pod.restart();
      await world.until('they are told', () =>
        world.followers.every((follower) => follower.told().some(({ detail }) => detail === 'EPOCH_CHANGED')),
      );
      // Whoever accepts the loss begins after the last common event.
      for (const follower of world.followers) follower.kill();
      await writeMore(world, 'after');
      const state = await readStreamState(world.owner, 'public');
      world.expect(state.epochs.length === 2, `there are ${state.epochs.length} epochs, expected 2`);
      world.expect(state.epochs.at(-1)?.lastCommonSeq === common, 'the new epoch does not begin at the copy');
      world.followers.length = 0;
      world.follow('anew', pod.front.port);
      world.notes.push(
        `common up to ${common}; ${lost.join(' and ')} events were heard that are lost; both told EPOCH_CHANGED`,
      );
      await world.settle();
    },
  },
];

function hasAll({ followers, writer }: World, seq: number): boolean {
  const last = (side: string): number =>
    writer.sent.findLast((one) => one.seq <= seq && (side === 'all' || one.side === side))?.seq ?? 0;
  return followers.every((follower) => (follower.heard().at(-1)?.seq ?? 0) >= last(follower.expectation.filter));
}

/** A writer for a while; the last one that was started is the one that counts. */
async function writeMore(world: World, what: string): Promise<void> {
  const writer = await world.startWriter();
  const head = writer.head;
  await world.until(`events ${what}`, () => writer.head > head + 20);
  await writer.stop();
  await world.until(
    `${what}: heard`,
    () => world.followers.every((follower) => follower.end !== null) || hasAll(world, writer.head),
  );
}

async function openEpoch(world: World): Promise<void> {
  const running = new Running({
    args: ['--import', 'tsx', 'backend/main.ts', 'new-epoch', '--restore', 'cold-copy'],
    cwd: REPOSITORY,
    env: { ...ambient(), DATABASE_URL: world.database.url, DATABASE_OWNER_URL: world.database.ownerUrl },
    log: join(world.folder, 'new-epoch'),
  });
  const end = await running.ended(world.signal);
  if (end !== 'exit code 0') throw new Error(`new-epoch ended with ${end}: ${running.errors()}`);
}

/** With owners and modes, which the server insists on. */
function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp: ${stderr}`);
}
