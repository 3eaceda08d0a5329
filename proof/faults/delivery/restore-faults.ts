import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appendEvents, executeOn } from '../../../backend/log/append.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { readStreamState } from '../../../backend/log/read.ts';
import { archiveOldEvents } from '../../../backend/log/retention.ts';
import { eventOf } from '../../../backend/log/testing.ts';
import { type Pool, transaction } from '../../../backend/platform/database/pool.ts';
import { ambient } from '../../common/processes.ts';
import { Running } from '../../common/running.ts';
import { deliveryFaults } from './checker.ts';
import type { Fault } from './fault.ts';
import { copyFolder, type GroundDatabase } from './ground.ts';
import type { World } from './world.ts';
import type { Acknowledged } from './writer.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const DAYS = 31;
/** Events of a partition, and how many such partitions there are before a last one for all the rest. */
const PARTITION = 50;
const PARTITIONS = 40;
/** The newest ones, in the memory of a pod, and some more. */
const HELD_EVENTS = 3_000;

/** What happens to the data itself. */
export const restoreFaults: readonly Fault[] = [
  {
    id: 'F04',
    title: 'client offline until what it missed is archived and dropped',
    promise:
      'told OUTDATED_CURSOR, never a gap in silence; who accepts the loss goes on at the oldest event; who stayed misses nothing',
    isAlone: true,
    async strike(world) {
      await smallPartitions(world.owner);
      const pod = await world.usual();
      const accepts = world.follow('accepts', pod.front.port, { goOn: true });
      const stays = world.follow('stays', (await world.startPod()).front.port);
      await world.flows();
      const leavers = world.followers.filter((follower) => follower !== stays);
      pod.front.refusing = true;
      pod.front.reset();
      const end = world.silence(leavers);
      const stalled = world.mayStall(leavers);
      const left = Math.max(...leavers.map(({ newest }) => newest));
      const dropped = (Math.floor(left / PARTITION) + 2) * PARTITION;
      await world.until('enough is written', () => world.writer.head > dropped);
      await retire(world, dropped);
      end();
      const gap = { from: accepts.newest + 1, until: (await readStreamState(world.owner, PUBLIC_STREAM)).firstSeq };
      world.expect(gap.until === dropped, `the log begins at ${gap.until}, expected ${dropped}`);
      // What a pod still holds in memory it can give all the same; the next one cannot.
      if (world.writer.head - left < HELD_EVENTS) await pod.restart();
      pod.front.mend();
      await world.until('they are told', () => leavers.every((follower) => wasTold(follower, 'OUTDATED_CURSOR')));
      stalled();
      for (const follower of leavers) if (follower !== accepts) world.dismiss(follower, world.writer.sent);
      accepts.isWithout(gap);
      world.notes.push(`the log begins at ${gap.until}; ${gap.until - gap.from} events were told to be lost`);
    },
  },
  {
    id: 'F56',
    title: 'the database is put back from a cold copy that lacks the newest events',
    promise:
      'a new epoch: cursors into what was lost are told EPOCH_CHANGED with the last common place; no seq is used twice in one epoch',
    isAlone: true,
    async strike(world) {
      const pod = await world.usual();
      await world.writer.stop();
      const common = world.writer.head;
      await world.until('the last event of the copy', () => world.haveHeard(common));
      await world.ground.stop();
      const copy = join(world.folder, 'copy');
      await copyFolder(world.ground.folder, copy);
      await world.ground.start();
      await writeMore(world, 'lost');
      const before = world.writer.sent;

      const end = world.mayStall();
      pod.signal('SIGKILL');
      await pod.ended();
      await world.ground.stop();
      await rm(world.ground.folder, { recursive: true });
      await copyFolder(copy, world.ground.folder);
      await world.ground.start();
      await openEpoch(world, world.database);
      await pod.restart();
      await toldOfLoss(world, { before, common });
      end();
      // Whoever accepts the loss begins after the last common event.
      await writeMore(world, 'after');
      world.follow('anew', pod.front.port);
      await judgeEpochs(world, world.owner, common);
    },
  },
];

/** Waits until all who follow are told that the newest they heard is lost, and lets those go who do not accept it. */
export async function toldOfLoss(
  world: World,
  { before, common }: { before: readonly Acknowledged[]; common: number },
) {
  await world.until('they are told', () => world.followers.every((follower) => wasTold(follower, 'EPOCH_CHANGED')));
  const lost = world.followers.map((follower) => follower.heard().filter(({ seq }) => seq > common).length);
  world.notes.push(
    `common up to ${common}; ${lost.join(' and ')} events were heard that are lost; all told EPOCH_CHANGED`,
  );
  for (const follower of world.followers.filter(({ goesOn }) => !goesOn)) world.dismiss(follower, before);
}

export async function judgeEpochs(world: World, owner: Pool, common: number): Promise<void> {
  const { epochs } = await readStreamState(owner, PUBLIC_STREAM);
  world.expect(epochs.length === 2, `there are ${epochs.length} epochs, expected 2`);
  world.expect(epochs.at(-1)?.lastCommonSeq === common, 'the new epoch does not begin at what is left');
}

/** Of one who went on over a new epoch: all of the old one, then all that came after the last common event. */
export function judgeOverEpochs(
  world: World,
  name: string,
  { before, common }: { before: readonly Acknowledged[]; common: number },
): void {
  const follower = world.followers.find((one) => one.name === name);
  if (follower === undefined) throw new Error(`nobody is called ${name}`);
  const { expectation } = follower;
  const heard = follower.heard();
  const first = before.filter(({ seq }) => seq > expectation.after).length;
  world.faults.push(
    ...deliveryFaults(before, heard.slice(0, first), expectation),
    ...deliveryFaults(world.writer.sent, heard.slice(first), { ...expectation, after: common }),
  );
  world.letGo(follower);
}

/** The task that a restore ends with. */
export async function openEpoch(
  world: World,
  { url, ownerUrl }: Pick<GroundDatabase, 'url' | 'ownerUrl'>,
): Promise<void> {
  const running = new Running({
    args: ['--import', 'tsx', 'backend/main.ts', 'new-epoch', '--restore', 'of-the-proof'],
    cwd: REPOSITORY,
    env: { ...ambient(), DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl },
    log: join(world.folder, 'new-epoch'),
  });
  const end = await running.ended(world.signal);
  if (end !== 'exit code 0') throw new Error(`new-epoch ended with ${end}: ${running.errors()}`);
}

function wasTold(follower: World['followers'][number], code: string): boolean {
  return follower.told().some(({ detail }) => detail === code);
}

/** A writer for a while; the last one that was started is the one that counts. */
async function writeMore(world: World, what: string): Promise<void> {
  const writer = await world.startWriter();
  const head = writer.head;
  await world.until(`events ${what}`, () => writer.head > head + 20);
  await writer.stop();
  await world.until(`${what}: heard`, () => world.haveHeard(writer.head));
}

/** In place of those of a million events, which nobody fills for a proof. */
function smallPartitions(owner: Pool): Promise<void> {
  return transaction(owner, async (connection) => {
    const { rows } = await connection.query<{ name: string }>('select name from event_log_partition');
    await connection.query('create temporary table held on commit drop as select * from event_log');
    for (const { name } of rows) await connection.query(`drop table ${name}`);
    for (let number = 0; number <= PARTITIONS; number += 1) {
      const end = number < PARTITIONS ? (number + 1) * PARTITION : 1_000_000;
      await connection.query(
        `create table event_log_${number} partition of event_log for values from (${number * PARTITION}) to (${end})`,
      );
    }
    await connection.query('insert into event_log select * from held');
  });
}

/** What is before `end` becomes old, in every stream, and is archived and dropped as the scheduled job does it. */
async function retire(world: World, end: number): Promise<void> {
  const { rows } = await world.owner.query<{ stream: string; seq: number }>(
    'select stream, last_seq as seq from stream_head where stream <> $1',
    [PUBLIC_STREAM],
  );
  for (const { stream, seq } of rows) {
    const more = Array.from({ length: Math.max(0, end + 1 - seq) }, () => eventOf('{}'));
    await transaction(world.owner, (connection) => appendEvents(executeOn(connection), stream, more));
  }
  await world.owner.query('update event_log set recorded_at = now() - make_interval(days => $2) where seq < $1', [
    end,
    DAYS + 1,
  ]);
  const directory = join(world.folder, 'archive');
  await mkdir(directory);
  const run = { suffix: 'partial', signal: world.signal };
  const dropped = await archiveOldEvents(world.owner, { days: DAYS, directory }, run);
  world.expect(dropped.length > 0, 'no partition was dropped');
}
