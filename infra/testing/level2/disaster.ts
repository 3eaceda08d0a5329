import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdsData } from '../../policy/rules/stores.ts';
import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import type { Outcome } from './events.ts';
import { StandIn } from './provider.ts';
import type { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { inOrder, openProject, quiet, settings, touched, unlike } from './stack.ts';

/** The main region is lost: nothing of production answers. The second region is made all the same, and then takes its place, and gives it back. */
export async function disasters(tally: Tally): Promise<Row> {
  await using provider = await StandIn.start();
  using project = openProject({ PULUMI_DEBUG_PROVIDERS: provider.attached(['gcp', 'kubernetes']) });
  for (const stack of ['production', 'dr']) project.makeStack(stack, settings(exampleOf(stack)));
  const makes = async (stack: string) => unlike(await project.run('up', { stack }), (op) => op === 'create');
  await inOrder(tally, 'production', [['up', () => makes('production')]]);
  let asked = 0;
  provider.refuses = (urn) => {
    const lost = urn.startsWith('urn:pulumi:production::');
    if (lost) asked += 1;
    return lost;
  };
  await inOrder(tally, 'production', [['its region is lost: it cannot be refreshed', () => cannotRefresh(project)]]);
  asked = 0;
  await inOrder(tally, 'dr', [
    ['up while every call for production is refused', () => makes('dr')],
    ['and none was made', async () => (asked === 0 ? [] : [`${asked} calls`])],
    ['a second up changes nothing', () => quiet(project, 'up', { stack: 'dr' })],
    [
      'a switchover updates the database and makes nothing that holds data',
      () => turned(project, 'primary', firstTargets()),
    ],
    ['and so does the way back', () => turned(project, 'replica', [])],
  ]);
  return rowOf(`production lost, dr made and switched over and back, rung c`, provider.made.size, tally);
}

async function cannotRefresh(project: Project): Promise<string[]> {
  const { exitCode } = await project.run('refresh', { stack: 'production' });
  return exitCode === 0 ? ['it was refreshed'] : [];
}

/** Tells stack dr another role, looks at the preview, and then does it, with the arguments `first` before all of it. */
async function turned(project: Project, topology: 'primary' | 'replica', first: readonly string[]): Promise<string[]> {
  const run = { stack: 'dr' };
  project.configure('dr', settings({ ...exampleOf('dr'), 'heliograph:topology': topology }));
  const preview = await project.run('preview', run);
  const some = first.length > 0 ? [await project.run('up', { ...run, args: first })] : [];
  const done = [...some, await project.run('up', run)];
  const problems = [preview, ...done].flatMap((outcome) => unlike(outcome, () => true));
  const data = [preview, { steps: done.flatMap(({ steps }) => steps) }].flatMap(otherThanUpdated);
  return [...problems, ...data, ...(await quiet(project, 'up', run))];
}

/** What the runbook has the engine do before anything else. */
function firstTargets(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../../runbooks/region-failover.md'), 'utf8');
  const [, targets] = /^npm run --silent pulumi -- up --stack dr ((?:--target '[^']+' ?)+)/m.exec(page) ?? [];
  if (targets === undefined) throw new Error('runbooks/region-failover.md has no up with targets');
  return targets.trim().replaceAll("'", '').split(' ');
}

/** Of what holds data only the database is another, and it is the same instance. */
function otherThanUpdated({ steps }: Pick<Outcome, 'steps'>): string[] {
  const ofData = steps.filter(({ type }) => holdsData.some((known) => known === type));
  const wanted = ofData.filter(({ op, type }) => op === 'update' && type === INSTANCE);
  const replaced = steps.filter(({ op }) => op.includes('replace'));
  if (wanted.length === 1 && ofData.length === 1 && replaced.length === 0) return [];
  return ['expected the database updated, and nothing replaced:', ...touched({ steps: [...ofData, ...replaced] })];
}

const INSTANCE = 'gcp:sql/databaseInstance:DatabaseInstance';
