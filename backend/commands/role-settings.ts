import { InvalidInput } from '../platform/errors.ts';
import { type Role, roles } from '../roles.ts';
import { readSettings, type Settings } from '../settings.ts';

/** The settings of a role, by the part of the service that reads them. A part that the role does not run has none. */
export type RoleSettings = {
  readonly role: Role;
  readonly common: Omit<Settings<'pipeline'>, PipelineOnly> & {
    readonly DATABASE_OWNER_URL?: string | null;
    readonly DATA_DIR?: string | null;
  };
  readonly drainSeconds: number;
  readonly api: Settings<'api'> | null;
  readonly pipeline: Settings<'pipeline'> | null;
  /** How old bars may get; null where they are kept, and where no jobs run. */
  readonly retentionDays: number | null;
};

type PipelineOnly = Exclude<keyof Settings<'pipeline'>, keyof Settings<'api'>>;

/** Reads what the role needs; throws all mistakes together. */
export function roleSettings(name: string): RoleSettings {
  const role = Object.keys(roles).find((known): known is Role => known === name);
  if (role === undefined) throw new InvalidInput('--role', name, `one of ${Object.keys(roles).join(', ')}`);
  if (role === 'api') {
    const api = readSettings('api');
    return { role, common: api, drainSeconds: drainSeconds(role, api), api, pipeline: null, retentionDays: null };
  }
  if (role === 'pipeline') {
    const pipeline = readSettings('pipeline');
    const retentionDays = pipeline.BARS_RETENTION_DAYS;
    return { role, common: pipeline, drainSeconds: drainSeconds(role, pipeline), api: null, pipeline, retentionDays };
  }
  if (role === 'worker') {
    const worker = readSettings('worker');
    const retentionDays = worker.BARS_RETENTION_DAYS;
    return { role, common: worker, drainSeconds: drainSeconds(role, worker), api: null, pipeline: null, retentionDays };
  }
  const all = readSettings('all');
  const retentionDays = all.BARS_RETENTION_DAYS;
  return { role, common: all, drainSeconds: drainSeconds(role, all), api: all, pipeline: all, retentionDays };
}

function drainSeconds(role: Role, settings: { readonly DRAIN_SECONDS: number | null }): number {
  return settings.DRAIN_SECONDS ?? roles[role].drainSeconds;
}
