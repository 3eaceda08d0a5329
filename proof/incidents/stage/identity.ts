import { groups } from '../../../alerts/all.ts';

const names = groups.flatMap(({ alerts }) => alerts.map(({ name }) => name));
const several = new Set(names.filter((name, index) => names.indexOf(name) !== index));

/** What an alert that fires is told apart by: its name, and where several rules have one name, its severity and what it is about as well. */
export function identityOf({ alertname = '', severity, about }: Readonly<Record<string, string>>): string {
  return several.has(alertname) ? [alertname, severity, about].filter(Boolean).join(' ') : alertname;
}
