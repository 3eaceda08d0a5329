import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { restoreJobFor, swap } from './restore-job.ts';

const probe = { tcpSocket: { port: 5432 } };
const keeper = {
  name: 'keeper',
  image: 'ours',
  restartPolicy: 'Always',
  args: ['start', '--role', 'worker'],
  env: [{ name: 'DATABASE_FILES', value: '/data/18/docker' }],
  ports: [{ containerPort: 4001 }],
  livenessProbe: probe,
  volumeMounts: [
    { name: 'backups', mountPath: '/backups' },
    { name: 'data', mountPath: '/data', readOnly: true },
  ],
};
const drill = {
  name: 'drill',
  image: 'theirs',
  restartPolicy: 'Always',
  volumeMounts: [{ name: 'drill', mountPath: '/drill' }],
};
const statefulSet = (beside: readonly object[]) => ({
  metadata: { name: 'database' },
  spec: {
    volumeClaimTemplates: [{ metadata: { name: 'data' } }, { metadata: { name: 'backups' } }],
    template: {
      spec: {
        serviceAccountName: 'database',
        topologySpreadConstraints: [{}],
        initContainers: beside,
        containers: [
          {
            ...{ name: 'database', image: 'theirs', args: ['postgres'], readinessProbe: probe },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'scratch', emptyDir: {} }],
      },
    },
  },
});

it('is the pod of the database with a restore in it, on the disks of that pod', () => {
  const made = restoreJobFor(['--at', '2026-11-20T14:30:00Z'], statefulSet([drill, keeper]));
  const data = { name: 'data', mountPath: '/data' };
  expect(made).toMatchObject({
    kind: 'Job',
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          serviceAccountName: 'database',
          restartPolicy: 'Never',
          initContainers: [
            { name: 'drill', restartPolicy: 'Always', volumeMounts: [{ name: 'drill' }, data] },
            { name: 'clear', image: 'theirs', command: ['/bin/rm', '-rf', '/data/restored'] },
            {
              name: 'keeper',
              image: 'ours',
              args: ['restore', '--to', '/data/restored', '--at', '2026-11-20T14:30:00Z'],
            },
          ],
          containers: [{ name: 'swap', image: 'theirs' }],
          volumes: [
            { name: 'scratch' },
            { name: 'data', persistentVolumeClaim: { claimName: 'data-database-0' } },
            { name: 'backups', persistentVolumeClaim: { claimName: 'backups-database-0' } },
          ],
        },
      },
    },
  });
  expect(JSON.stringify(made)).not.toMatch(/Probe|readOnly|topologySpread|"ports"/);
  // A regular container: the pod waits for its end.
  expect(JSON.stringify(made).match(/"restartPolicy":"Always"/g)).toHaveLength(1);
});

it('is refused where nothing stands beside the database', () => {
  expect(() => restoreJobFor([], statefulSet([drill]))).toThrow('has no container "keeper" beside it');
});

it('puts what was restored in the place of what was there, which stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swap-'));
  try {
    const [files, restored] = [join(folder, '18/docker'), join(folder, 'restored')];
    const restore = (content: string) => {
      mkdirSync(join(restored, 'cluster'), { recursive: true });
      writeFileSync(join(restored, 'cluster/PG_VERSION'), content);
      return spawnSync('/bin/sh', ['-c', swap(files, restored)]).status;
    };
    expect([restore('first'), restore('second')]).toEqual([0, 0]);
    expect(readFileSync(join(files, 'PG_VERSION'), 'utf8')).toBe('second');
    const [docker, before = ''] = readdirSync(join(folder, '18')).sort();
    expect([docker, before]).toEqual(['docker', expect.stringMatching(/^docker-before-\d+$/)]);
    expect(readFileSync(join(folder, '18', before, 'PG_VERSION'), 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['18']);
    expect(spawnSync('/bin/sh', ['-c', swap(files, restored)]).status).not.toBe(0);
    expect(readFileSync(join(files, 'PG_VERSION'), 'utf8')).toBe('second');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
