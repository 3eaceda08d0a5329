import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Links } from './rules.ts';

const text = z.string().min(1);
const seconds = z.int().nonnegative().multipleOf(30);

const policy = z.strictObject({
  alert: z.string().regex(/^[A-Z]\w+$/),
  about: text.optional(),
  severity: z.enum(['page', 'ticket']),
  service: text,
  summary: text,
  reason: text,
  query: text,
  for: seconds,
  interval: seconds.positive(),
  watches: z.enum(['service', 'platform']),
  dashboard_url: z.string().startsWith('/'),
  runbook_url: text,
});

/** What Cloud Monitoring is to raise by itself, for one stack; times in seconds. */
export type Policy = z.infer<typeof policy> & {
  /** Unique, of small letters, digits and hyphens. */ readonly id: string;
};

const FILE = join(import.meta.dirname, '../../alerts/generated/cloud-monitoring.json');

/** The alerts that alerts/ has written for outside of the cluster. Throws an Error that names all that is wrong with the file. */
export function policies(
  { stack, domain, database }: Stack,
  { dashboards, pages }: Links,
  file: string = FILE,
): Policy[] {
  const parsed = z
    .array(policy)
    .min(1)
    .safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success)
    throw new Error(
      `No alerts for Cloud Monitoring in ${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')}`,
    );
  return parsed.data.map((one) => ({
    ...one,
    id: idOf(one),
    query: one.query.replaceAll('{stack}', stack).replaceAll('{domain}', domain).replaceAll('{database}', database),
    dashboard_url: `${dashboards}${one.dashboard_url}`,
    runbook_url: pages === '' ? one.runbook_url : `${pages.replace(/\/$/, '')}/${one.runbook_url}`,
  }));
}

/** `stack` as all that is its own is called; `database` as the instance is that is written to. */
type Stack = { readonly stack: string; readonly domain: string; readonly database: string };

function idOf({ alert, about = '' }: z.infer<typeof policy>): string {
  const words = `${alert.replaceAll(/\B[A-Z]/g, '-$&')} ${about}`.trim();
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
