import { createPool } from '../../../backend/platform/database/pool.ts';
import { sendKill } from '../../common/processes.ts';
import { FaultProxy } from '../../common/proxy.ts';
import type { Fault } from './fault.ts';
import { asAdmin } from './ground.ts';
import { judgeEpochs, judgeOverEpochs, openEpoch, toldOfLoss } from './restore-faults.ts';
import { primaryOf, STANDBY, Standby } from './standby.ts';
import type { World } from './world.ts';

/** What happens when another database server takes over. */
export const failoverFaults: readonly Fault[] = [
  {
    id: 'F22',
    title: 'PostgreSQL fails over to a standby: one that it waits for, then one that lags',
    promise:
      'the first costs nothing; after the second a new epoch: who heard what is lost is told EPOCH_CHANGED with the last common place',
    isAlone: true,
    async strike(world) {
      const way = await FaultProxy.to(world.ground.port);
      world.onEnd(() => way[Symbol.asyncDispose]());
      await world.usual({}, { url: atPort(world.database.url, way.port) });
      const second = await toOneThatItWaitsFor(world, way);
      await toOneThatLags(world, way, second);
    },
  },
];

async function toOneThatItWaitsFor(world: World, way: FaultProxy): Promise<Standby> {
  const primary = primaryOf(world.ground);
  const standby = await Standby.of(primary, `${world.folder}/standby-1`, world.signal);
  world.onEnd(() => standby[Symbol.asyncDispose]());
  const wait = (name: string): Promise<void> =>
    asAdmin(primary.adminUrl, async (client) => {
      await client.query(`alter system set synchronous_standby_names = '${name}'`);
      await client.query('select pg_reload_conf()');
    });
  world.onEnd(() => wait(''));
  await wait(STANDBY);
  await world.flows();
  const end = world.mayStall();
  cut(world, way);
  sendKill(world.ground.server.pid());
  await standby.promote();
  turn(world, way, standby.port);
  await world.flows();
  end();
  const { unknown, repeated } = world.writer.unsure;
  world.notes.push(`the first: ${unknown} outcomes unknown, ${repeated} of them written again`);
  const changed = world.followers.filter((one) => one.told().some(({ state }) => state === 'problem'));
  world.expect(changed.length === 0, `${changed.length} were told of a loss where there is none`);
  return standby;
}

async function toOneThatLags(world: World, way: FaultProxy, primary: Standby): Promise<void> {
  const { url, ownerUrl } = world.database;
  const standby = await Standby.of(primary, `${world.folder}/standby-2`, world.signal);
  world.onEnd(() => standby[Symbol.asyncDispose]());
  const [pod] = world.pods;
  if (pod === undefined) throw new Error('there is no pod');
  world.follow('accepts', pod.front.port, { goOn: true });
  await world.flows();
  for (const direction of ['up', 'down'] as const) standby.way[direction].blackhole = true;
  await world.flows();
  await world.writer.stop();
  await world.until('the last event', () => world.haveHeard(Infinity));
  const before = world.writer.sent;

  const end = world.mayStall();
  cut(world, way);
  await primary.kill();
  await standby.promote();
  const left = { url: atPort(url, standby.port), ownerUrl: atPort(ownerUrl, standby.port) };
  await openEpoch(world, left);
  turn(world, way, standby.port);
  const writer = await world.startWriter({ url: atPort(url, way.port) });
  const common = writer.sent.filter(({ at }) => at === 0).at(-1)?.seq ?? 0;
  world.expect(common < (before.at(-1)?.seq ?? 0), 'the standby did not lag');
  await toldOfLoss(world, { before, common });
  end();
  await world.until('events flow', () => writer.head > common + 30);
  world.follow('anew', pod.front.port);
  await writer.stop();
  await world.until('the last event', () => world.haveHeard(writer.head));
  judgeOverEpochs(world, 'accepts', { before, common });
  const owner = createPool({
    ...{ url: left.ownerUrl, name: 'faults-owner', size: 1, statementTimeoutMs: 30_000 },
    onError: () => undefined,
  });
  await judgeEpochs(world, owner, common).finally(() => owner.end());
}

/** Nobody reaches the database any more. */
function cut({ pods }: World, way: FaultProxy): void {
  for (const one of [way, ...pods.map(({ database }) => database)]) {
    one.refusing = true;
    one.reset();
  }
}

function turn({ pods }: World, way: FaultProxy, port: number): void {
  for (const one of [way, ...pods.map(({ database }) => database)]) {
    one.turnTo(port);
    one.refusing = false;
  }
}

function atPort(url: string, port: number): string {
  return Object.assign(new URL(url), { port: String(port) }).href;
}
