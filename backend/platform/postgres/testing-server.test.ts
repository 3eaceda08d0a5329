import { existsSync, utimesSync } from 'node:fs';
import { expect, it } from 'vitest';
import { identityOf } from './process.ts';
import { killNow, query, spawnOwner } from './test-tools.ts';
import { makeTestFolder, startTestServer } from './testing-server.ts';

it('starts a server, and ends and removes what a run that was killed left', async () => {
  const abandoned = await makeTestFolder();
  const { child, server } = await spawnOwner(abandoned);
  await killNow(child);
  utimesSync(abandoned, 0, 0);

  const testServer = await startTestServer();
  try {
    expect(identityOf(server.pid)).toBeNull();
    expect(existsSync(abandoned)).toBe(false);
    expect((await query(testServer.ownerUrl, 'show fsync')).rows).toEqual([{ fsync: 'off' }]);
  } finally {
    await testServer.stop();
  }
  await expect(query(testServer.adminUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
});
