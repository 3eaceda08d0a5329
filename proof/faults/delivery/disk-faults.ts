import { setTimeout as sleep } from 'node:timers/promises';
import { countsOf, MUTATION, QUERY, refusedUncleanly } from './asker.ts';
import { wasToldSince } from './away.ts';
import { SmallDisk } from './disk.ts';
import type { Fault } from './fault.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/** What happens when nothing can be written any more. */
export const diskFaults: readonly Fault[] = [
  {
    id: 'F53',
    title: 'the disk of PostgreSQL is full',
    promise: 'mutations get 503 with Retry-After, reads and subscriptions go on; it recovers when there is room again',
    isAlone: true,
    diskMiB: 400,
    async strike(world) {
      const pod = await world.usual();
      const subscriptions = await pod.metric('graphql_subscriptions_active');
      const from = Date.now();
      await world.disk.fill();
      await world.until('a writer is refused', () => world.writer.unsure.refused > 0);
      const mutations = await Promise.all(Array.from({ length: 5 }, () => pod.query(MUTATION)));
      await world.wait(30);
      const read = await pod.query(QUERY);
      world.expect(read.code === null, `a query was answered with ${read.code}`);
      world.expect((await pod.metric('graphql_subscriptions_active')) === subscriptions, 'subscriptions were closed');
      const cut = world.followers.filter((follower) => wasToldSince(follower, 'disconnected', from));
      world.expect(cut.length === 0, `${cut.map(({ name }) => name).join(', ')} did not keep the connection`);
      world.disk.free();
      await world.flows();
      world.notes.push(
        `${world.writer.unsure.refused} transactions refused, ${world.ground.server.restarts()} restarts; mutations: ${countsOf(mutations)}`,
      );
      world.faults.push(...refusedUncleanly(mutations).map((text) => `mutations: ${text}`));
    },
  },
  {
    id: 'F54',
    title: 'the disk of the log of a pod is full, its temporary folder can be written no more',
    promise: 'it serves as before',
    async strike(world) {
      const log = SmallDisk.mount(`${world.folder}/log`, 1);
      const temporary = SmallDisk.mount(`${world.folder}/tmp`, 64);
      world.onEnd(async () => {
        for (const disk of [log, temporary]) disk.unmount();
      });
      const pod = await world.usual({
        logFolder: log.folder,
        settings: { TMPDIR: temporary.folder, LOG_LEVEL: 'debug' },
      });
      await log.fill();
      await temporary.fill();
      temporary.close();
      const before = pod.said().length;
      await loseDatabase(world, pod);
      const { code } = await pod.query(QUERY);
      world.expect(code === null, `a query was answered with ${code}`);
      await world.wait(30);
      await world.flows();
      world.expect(pod.end === null, `the pod ended: ${pod.end}`);
      const meanwhile = pod.said().length - before;
      log.free();
      await loseDatabase(world, pod);
      const afterwards = pod.said().length - before - meanwhile;
      world.notes.push(`of what it had to say ${meanwhile} bytes found room, ${afterwards} when there was room again`);
      // A page of the file system that was begun can be filled.
      world.expect(meanwhile <= 4_096 && afterwards > 0, 'its log was written all the same, so nothing is shown');
    },
  },
];

/** It has something to say of that. */
async function loseDatabase(world: World, { database }: Pod): Promise<void> {
  database.refusing = true;
  database.reset();
  await sleep(1_500);
  database.mend();
  await world.flows();
}
