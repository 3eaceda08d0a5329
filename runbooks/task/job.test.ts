import { describe, expect, it } from 'vitest';
import { tasks } from '../../backend/roles.ts';
import { jobFor } from './job.ts';
import { main } from './run.ts';

const job = (name: string, creationTimestamp: string) => ({
  metadata: { name, creationTimestamp },
  spec: {
    selector: { matchLabels: { 'controller-uid': name } },
    template: {
      metadata: { labels: { 'controller-uid': name } },
      spec: {
        serviceAccountName: 'migrate',
        containers: [{ name: 'migrate', image: `image@${name}`, args: ['migrate'] }],
      },
    },
  },
});

describe('a task in the cluster', () => {
  it('is what migrated last, with other arguments and nothing of its identity', () => {
    const listed = { items: [job('old', '2026-11-01T00:00:00Z'), job('new', '2026-11-20T00:00:00Z')] };
    const made = jobFor('new-epoch', ['--restore', 'r1'], listed);
    expect(made).toMatchObject({
      kind: 'Job',
      metadata: { name: 'new-epoch', namespace: 'heliograph' },
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            serviceAccountName: 'migrate',
            containers: [{ name: 'new-epoch', image: 'image@new', args: ['new-epoch', '--restore', 'r1'] }],
          },
        },
      },
    });
    expect(JSON.stringify(made)).not.toContain('controller-uid');
  });

  it('is refused where nothing was ever deployed', () => {
    expect(() => jobFor('new-epoch', [], { items: [] })).toThrow('There is no Job that new-epoch could be made like');
  });

  it.each(['backup', 'restore-drill'])(
    'is no Job for %s, which only they can do who take the backups',
    async (task) => {
      const said: string[] = [];
      const output = { write: (text: string) => said.push(text) > 0 };
      expect(await main([task, 'export', "it's"], output, output)).toBe(2);
      expect(said.join('')).toMatch(/is no Job/);
      expect(said.join('')).toContain(
        `kubectl --namespace heliograph exec deployment/worker --container worker -- /usr/local/bin/node /app/main.js ${task} export 'it'\\''s'\n`,
      );
      expect(said.join('')).toContain('exec database-0 --container keeper -- ');
    },
  );

  it('is offered for those alone that a Job can do', async () => {
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) > 0 };
    expect(await main(['--help'], output, output)).toBe(0);
    const [, offered = ''] = /^Tasks: (.*?)\. Their/m.exec(said.join('')) ?? [];
    const others = Object.keys(tasks).filter((task) => task !== 'backup' && task !== 'restore-drill');
    expect(offered.split(', ')).toEqual(others);
  });
});
