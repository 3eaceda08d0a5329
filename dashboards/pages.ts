import { alerts } from '../alerts/index.ts';
import { alertsOf } from './limits.ts';

/** The alerts whose pages explain a panel: those that are about it, then those that it helps with. Throws an Error for an unknown one. */
export function pagesOf(panel: string, helps: readonly string[] = []): readonly string[] {
  const unknown = helps.find((name) => !alerts.some((alert) => alert.name === name));
  if (unknown !== undefined)
    throw new Error(`${panel} helps with ${JSON.stringify(unknown)}, expected the name of an alert`);
  return [...new Set([...alertsOf(panel).map(({ name }) => name), ...helps])];
}
