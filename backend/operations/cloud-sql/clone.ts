import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type SqlAdminClient, SqlAdminError, type SqlAsk } from '../../platform/google/sql-admin-client.ts';
import { type CloudSql, type Instance, pathOf } from './instance.ts';

/** How often it is looked whether something is done, 10 s when left out; and what ends the waiting. */
export type Patience = { readonly pollMs?: number; readonly signal?: AbortSignal | undefined };

/** Behind the name of an instance: one that a drill made of it. infra/components/database-drills.ts lets no other be taken away. */
const MADE_BY_DRILL = '-drill-';
const POLL_MS = 10_000;
const LONGEST_MS = 3 * 3_600_000;
const LEFT_BEHIND_MS = 24 * 3_600_000;

const operationSchema = z.object({
  name: z.string(),
  status: z.string(),
  operationType: z.string().optional(),
  targetId: z.string().optional(),
  error: z
    .object({ errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })) })
    .optional(),
});
const instancesSchema = z.object({
  items: z.array(z.object({ name: z.string(), createTime: z.iso.datetime({ offset: true }).optional() })).optional(),
  nextPageToken: z.string().optional(),
});

/** The name of a new instance for a drill: nobody could choose it, so nobody could choose one that is in use. */
export function drillName({ name }: Instance): string {
  return `${name}${MADE_BY_DRILL}${randomBytes(4).toString('hex')}`;
}

/** Makes a new instance of that name, as the instance was at a moment (ms). Throws what Cloud SQL says, or that it took three hours. */
export async function cloneAt(
  { client, instance }: CloudSql,
  name: string,
  moment: number,
  patience: Patience,
): Promise<void> {
  refuseOthers(instance, name);
  const pointInTime = new Date(moment).toISOString();
  const cloneContext = { kind: 'sql#cloneContext', destinationInstanceName: name, pointInTime };
  await change(client, instance, `${pathOf(instance)}/clone`, { method: 'POST', body: { cloneContext } }, patience);
}

/** Takes away what a drill made, with its backups; nothing happens where it is not there. Throws for any other name. */
export async function takeAway({ client, instance }: CloudSql, name: string, patience: Patience): Promise<void> {
  refuseOthers(instance, name);
  const path = pathOf({ project: instance.project, name });
  // What keeps the instance from being deleted was copied with it; and what it leaves behind costs.
  const settings = {
    deletionProtectionEnabled: false,
    retainBackupsOnDelete: false,
    finalBackupConfig: { enabled: false },
  };
  const unprotect = { method: 'PATCH', body: { settings } } as const;
  for (const until = performance.now() + LONGEST_MS; ; ) {
    try {
      await change(client, instance, path, unprotect, patience).catch((error: unknown) => {
        // One that was never finished cannot be changed, and can be deleted.
        if (!isAnswer(error) || error.status === 404 || error.status === 409) throw error;
      });
      return await change(client, instance, path, { method: 'DELETE' }, patience);
    } catch (error) {
      if (isAnswer(error) && error.status === 404) return;
      // Something else is being done to it, such as the rest of its making.
      if (!isAnswer(error) || error.status !== 409 || performance.now() > until) throw error;
      await sleep(patience.pollMs ?? POLL_MS);
    }
  }
}

/** Takes away what drills have left behind for more than a day. Answers of which names. */
export async function sweep(cloudSql: CloudSql, now: number, patience: Patience): Promise<string[]> {
  const left = (await instances(cloudSql)).filter(
    ({ name, createTime }) =>
      name.startsWith(`${cloudSql.instance.name}${MADE_BY_DRILL}`) &&
      createTime !== undefined &&
      Date.parse(createTime) < now - LEFT_BEHIND_MS,
  );
  for (const { name } of left) await takeAway(cloudSql, name, patience);
  return left.map(({ name }) => name);
}

async function instances({ client, instance }: CloudSql) {
  const found: NonNullable<z.infer<typeof instancesSchema>['items']> = [];
  let page: string | undefined;
  do {
    const query = page === undefined ? '' : `?${new URLSearchParams({ pageToken: page })}`;
    const path = `/v1/projects/${encodeURIComponent(instance.project)}/instances${query}`;
    const { items = [], nextPageToken } = instancesSchema.parse(await client.ask(path));
    found.push(...items);
    page = nextPageToken === '' ? undefined : nextPageToken;
  } while (page !== undefined);
  return found;
}

/** Asks for a change, and waits until it is done. */
async function change(
  client: SqlAdminClient,
  { project }: Instance,
  path: string,
  asked: SqlAsk,
  { pollMs = POLL_MS, signal }: Patience,
): Promise<void> {
  let operation = operationSchema.parse(await client.ask(path, asked));
  const until = performance.now() + LONGEST_MS;
  while (operation.status !== 'DONE') {
    if (performance.now() > until)
      throw new Error(`${nameOf(operation)} is ${operation.status} after ${LONGEST_MS / 3_600_000} hours`);
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    operation = operationSchema.parse(
      await client.ask(`/v1/projects/${encodeURIComponent(project)}/operations/${encodeURIComponent(operation.name)}`),
    );
  }
  const { errors = [] } = operation.error ?? {};
  if (errors.length === 0) return;
  const said = errors.map(({ code = '', message = '' }) => `${code} ${message}`.trim()).join('; ');
  throw new Error(`${nameOf(operation)} failed: ${said}`);
}

function nameOf({
  name,
  operationType = 'operation',
  targetId = 'Cloud SQL',
}: z.infer<typeof operationSchema>): string {
  return `${operationType} ${name} of ${targetId}`;
}

function refuseOthers({ name }: Instance, given: string): void {
  const prefix = `${name}${MADE_BY_DRILL}`;
  if (given.length > prefix.length && given.startsWith(prefix)) return;
  throw new Error(`the instance of a drill is "${given}", expected one that begins with "${prefix}"`);
}

function isAnswer(error: unknown): error is SqlAdminError {
  return error instanceof SqlAdminError;
}
