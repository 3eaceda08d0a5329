import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceGuard } from '../../policy/replace-guard.ts';
import { holdsData } from '../../policy/rules/stores.ts';

const urn = (type: string) => `urn:pulumi:production::heliograph::heliograph:google:Part$${type}::it`;
const database = urn('gcp:sql/databaseInstance:DatabaseInstance');

it.each([...holdsData])('a preview that replaces or deletes a %s is refused', (type) => {
  expect(replaceGuard([{ op: 'replace', urn: urn(type) }], [])).toEqual([`${urn(type)} would be replaced`]);
  expect(replaceGuard([{ op: 'delete', urn: urn(type) }], [])).toEqual([`${urn(type)} would be deleted`]);
});

it('says once why, however many steps it takes', () => {
  const steps = [
    { op: 'create-replacement', urn: database },
    { op: 'replace', urn: database, replaceReasons: ['region'] },
    { op: 'delete-replaced', urn: database },
  ];
  expect(replaceGuard(steps, [])).toEqual([`${database} would be replaced, because of region`]);
});

it('lets go what was named, what only changes, and what holds nothing', () => {
  const steps = [
    { op: 'replace', urn: database },
    { op: 'update', urn: urn('gcp:kms/cryptoKey:CryptoKey') },
    { op: 'replace', urn: urn('gcp:container/nodePool:NodePool') },
  ];
  expect(replaceGuard(steps, [database])).toEqual([]);
});

it('reads a preview as the engine prints it, and takes nothing else for one', () => {
  const guard = (input: string, ...args: string[]) => {
    const script = join(import.meta.dirname, '../../policy/replace-guard.ts');
    const { status, stdout } = spawnSync(process.execPath, [script, ...args], { input, encoding: 'utf8' });
    return { status, stdout };
  };
  const preview = JSON.stringify({ steps: [{ op: 'delete', urn: database }], changeSummary: { delete: 1 } });
  expect(guard(preview)).toEqual({
    status: 1,
    stdout: `${database} would be deleted\nName each by --allow URN if it is meant.\n`,
  });
  expect(guard(preview, '--allow', database).status).toBe(0);
  expect(guard('{"changeSummary":{"same":3}}').status).toBe(0);
  expect(guard('error: no stack').status).toBe(2);
  expect(guard('{}').status).toBe(2);
});
