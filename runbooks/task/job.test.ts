import { describe, expect, it } from 'vitest';
import { jobFor } from './job.ts';

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
    expect(() => jobFor('new-epoch', [], { items: [] })).toThrow('There is no Job that migrated');
  });
});
