import type { Captured } from '../engine/captured.ts';
import { type Client, Refused } from '../kubernetes/client.ts';
import { asSent, isKubernetes } from '../kubernetes/objects.ts';
import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import { killAgainAndAgain, type World } from './crash.ts';
import { judged } from './crashes.ts';
import type { EngineEvent } from './events.ts';
import { onServer, startCluster } from './local.ts';
import type { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { openProject, settings } from './stack.ts';

const STACK = 'local';
/** How many operations apart it is killed. */
const APART = 2;

/** Stack local on a real API server, killed while the real provider makes and removes it. */
export async function localKilled(tally: Tally): Promise<Row> {
  const { resources } = await runStack(STACK);
  await using cluster = await startCluster(resources);
  using project = openProject(onServer(cluster));
  project.makeStack(STACK, settings(exampleOf(STACK)));
  const world = killing(project, cluster.plane.client, resources);
  let kills = 0;
  for (const [what, operation] of [
    ['made', 'up'],
    ['removed', 'destroy'],
  ] as const) {
    await tally.check(STACK, `${what}, killed after every ${APART} operations, and converges`, async () => {
      const ended = await killAgainAndAgain(project, STACK, operation, world);
      kills += ended.kills;
      return judged(ended, 5);
    });
  }
  return rowOf(`local killed ${kills} times: real provider, real API server`, resources.length, tally);
}

/** Kills every run once the engine has told of some operations that they are done; others are on their way then. */
function killing(project: Project, client: Client, resources: readonly Captured[]): World {
  return {
    existing: () => existing(client, resources),
    // They have names.
    idOf: () => undefined,
    arm: () => {
      let done = 0;
      const seen = ({ resOutputsEvent }: EngineEvent) => {
        const { op, type } = resOutputsEvent?.metadata ?? { op: 'same', type: '' };
        if (op === 'same' || !type.startsWith('kubernetes:')) return;
        done += 1;
        if (done === APART) project.kill();
      };
      return { seen };
    },
    disarm: () => undefined,
  };
}

async function existing(client: Client, resources: readonly Captured[]): Promise<ReadonlySet<string>> {
  const found = resources
    .filter(isKubernetes)
    .map(async (resource) => ((await exists(client, resource)) ? [resource.urn] : []));
  return new Set((await Promise.all(found)).flat());
}

async function exists(client: Client, resource: Captured): Promise<boolean> {
  try {
    await client.get(await client.pathOf(asSent(resource)));
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  }
}
