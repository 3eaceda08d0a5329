import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { operatorPermissions, operatorRoles, ownersCommands } from './operator-rights.ts';

const folder = join(import.meta.dirname, '../../runbooks');
const pages = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

/** What ends a command; what comes after it is a name. */
const verbs =
  /^(list|describe|restart|failover|patch|create|delete|clone|promote-replica|switchover|add|cp|ls|enable|disable|update|read|get-.*)$/;

/** Words up to the first that is a name, a text or an option. */
const commands = new Set(
  pages
    .flatMap((page) => [...page.matchAll(/\bgcloud ((?:[a-z]+(?:-[a-z]+)* ?){2,4})/g)])
    .map(([, words = '']) => words.trim().split(' '))
    .map((words) => words.slice(0, words.findIndex((word) => verbs.test(word)) + 1).join(' ')),
);

it('the person on call may give every command that a runbook has, or it is said that only the owner may', () => {
  const known = new Set<string>([
    ...Object.values(operatorRoles).flat(),
    ...Object.values(operatorPermissions).flat(),
    ...ownersCommands,
  ]);
  expect(commands.size).toBeGreaterThan(20);
  expect([...commands].filter((command) => !known.has(command))).toEqual([]);
  expect([...known].filter((command) => !commands.has(command))).toEqual([]);
});
