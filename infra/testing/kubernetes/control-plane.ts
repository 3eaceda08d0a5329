import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import type { ProgramName } from './programs.ts';
import { stageFiles } from './stages.ts';

export type Programs = Readonly<Record<ProgramName, string>>;

/** A Kubernetes API server with its controllers and scheduler, on this machine alone, whose nodes are only played. */
export type ControlPlane = AsyncDisposable & {
  readonly client: Client;
  /** For kubectl. */
  readonly kubeconfig: string;
  /** Ends what plays the nodes of a zone: they fall silent as in a zone without power. */
  loseZone(zone: string): void;
  restoreZone(zone: string): void;
  log(name: string): string;
};

export type ControlPlaneOptions = {
  readonly programs: Programs;
  /** Folder of the module sigs.k8s.io/kwok, whose stages say how a pod comes up. */
  readonly kwok: string;
  readonly zones: readonly string[];
};

/** Three seconds, and a minute or more on a machine that is busy with other things; what takes longer hangs. */
const READY_MS = 300_000;
/** How long a node may be silent before it counts as lost: 40 s is the default, less here, so that losing a zone is soon seen. */
const SILENCE_SECONDS = 16;
const users = { admin: 'system:masters', 'system:kube-controller-manager': '', 'system:kube-scheduler': '' } as const;
type User = keyof typeof users;

export async function startControlPlane({ programs, kwok, zones }: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-cluster-'));
  const running = new Map<string, ChildProcess>();
  const start = (name: string, program: ProgramName, args: readonly string[]) => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    running.set(name, spawn(programs[program], args, { cwd: folder, stdio: ['ignore', log, log] }));
    closeSync(log);
  };
  const stop = () => {
    // A graceful end takes the API server 20 seconds, and nothing of this is kept.
    for (const child of running.values()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', stop);
  try {
    const [api, etcd, peers, controllers, scheduler] = await freePorts(5);
    const address = `https://127.0.0.1:${api}`;
    const tokens = writeCredentials(folder);
    start('etcd', 'etcd', etcdArguments(Number(etcd), Number(peers)));
    start('kube-apiserver', 'kube-apiserver', apiServerArguments(folder, Number(api), Number(etcd)));
    const client = await connect(folder, address, tokens.admin, running);
    for (const user of Object.keys(users) as User[]) writeKubeconfig(folder, address, user, tokens[user]);
    start('kube-controller-manager', 'kube-controller-manager', controllerArguments(folder, Number(controllers)));
    start('kube-scheduler', 'kube-scheduler', schedulerArguments(folder, Number(scheduler)));
    const stages = stageFiles(kwok, folder);
    const play = (zone: string) => start(`kwok-${zone}`, 'kwok', kwokArguments(folder, zone, stages));
    for (const zone of zones) play(zone);
    return {
      client,
      kubeconfig: kubeconfigOf(folder, 'admin'),
      loseZone: (zone) => void running.get(`kwok-${zone}`)?.kill('SIGKILL'),
      restoreZone: play,
      log: (name) => readFileSync(join(folder, `${name}.log`), 'utf8'),
      [Symbol.asyncDispose]: async () => {
        await client.close();
        process.off('exit', stop);
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

function etcdArguments(port: number, peers: number): string[] {
  const [here, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peers}`];
  return [
    ...['--data-dir', 'etcd', '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', here, '--advertise-client-urls', here],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
}

function apiServerArguments(folder: string, port: number, etcd: number): string[] {
  const pki = join(folder, 'pki');
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${pki}`],
    // An address of loopback cannot be advertised; this one is for documentation, and nobody asks for it.
    ...['--advertise-address=192.0.2.1', '--endpoint-reconciler-type=none'],
    ...['--authorization-mode=Node,RBAC', `--token-auth-file=${join(pki, 'tokens.csv')}`, '--anonymous-auth=false'],
    `--service-account-issuer=https://127.0.0.1:${port}`,
    `--service-account-key-file=${join(pki, 'accounts.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'accounts.key')}`,
    ...['--service-cluster-ip-range=10.96.0.0/16', '--allow-privileged=true', '--profiling=false'],
  ];
}

function controllerArguments(folder: string, port: number): string[] {
  return [
    ...componentArguments(folder, 'system:kube-controller-manager', port),
    ...['--use-service-account-credentials=true', '--service-cluster-ip-range=10.96.0.0/16'],
    `--service-account-private-key-file=${join(folder, 'pki/accounts.key')}`,
    `--root-ca-file=${join(folder, 'pki/apiserver.crt')}`,
    ...['--node-monitor-period=1s', `--node-monitor-grace-period=${SILENCE_SECONDS}s`],
  ];
}

function schedulerArguments(folder: string, port: number): string[] {
  return componentArguments(folder, 'system:kube-scheduler', port);
}

function componentArguments(folder: string, user: User, port: number): string[] {
  const file = kubeconfigOf(folder, user);
  return [
    ...[`--kubeconfig=${file}`, `--authentication-kubeconfig=${file}`, `--authorization-kubeconfig=${file}`],
    ...['--authentication-skip-lookup=true', '--bind-address=127.0.0.1', `--secure-port=${port}`],
    ...[`--cert-dir=${join(folder, 'pki', `of-${port}`)}`, '--leader-elect=false', '--profiling=false'],
  ];
}

function kwokArguments(folder: string, zone: string, stages: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfigOf(folder, 'admin')}`,
    ...['--manage-all-nodes=false', `--manage-nodes-with-label-selector=topology.kubernetes.io/zone=${zone}`],
    `--node-lease-duration-seconds=${Math.round(SILENCE_SECONDS * 0.75)}`,
    ...stages.map((stage) => `--config=${stage}`),
  ];
}

/** Keys of accounts, and a token for each of the users, valid as long as the folder. */
function writeCredentials(folder: string): Record<User, string> {
  const pki = join(folder, 'pki');
  mkdirSync(pki, { mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(pki, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(pki, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const names = Object.keys(users) as User[];
  const tokens = Object.fromEntries(names.map((name) => [name, randomUUID()])) as Record<User, string>;
  const lines = names.map((name) => `${tokens[name]},${name},${name}${users[name] && `,"${users[name]}"`}\n`);
  writeFileSync(join(pki, 'tokens.csv'), lines.join(''), { mode: 0o600 });
  return tokens;
}

function writeKubeconfig(folder: string, server: string, user: User, token: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server, 'certificate-authority': join(folder, 'pki/apiserver.crt') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'here', context: { cluster: 'here', user } }],
    'current-context': 'here',
  };
  writeFileSync(kubeconfigOf(folder, user), JSON.stringify(config), { mode: 0o600 });
}

const kubeconfigOf = (folder: string, user: User) => join(folder, `${user.replace('system:', '')}.kubeconfig`);

/** Waits until the API server answers, with the certificate that it has made itself. */
async function connect(
  folder: string,
  address: string,
  token: string,
  running: ReadonlyMap<string, ChildProcess>,
): Promise<Client> {
  const certificate = join(folder, 'pki/apiserver.crt');
  const until = performance.now() + READY_MS;
  let last = 'it wrote no certificate';
  while (performance.now() < until) {
    const ended = [...running].find(([, child]) => child.exitCode !== null);
    if (ended)
      throw new Error(`${ended[0]} ended: ${readFileSync(join(folder, `${ended[0]}.log`), 'utf8').slice(-2000)}`);
    if (existsSync(certificate)) {
      const client = new Client(address, token, readFileSync(certificate, 'utf8'));
      try {
        await client.get('/readyz');
        return client;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
        await client.close();
      }
    }
    await sleep(100);
  }
  throw new Error(`the API server is not ready after ${READY_MS / 1000} s: ${last}`);
}

/** Held together, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (typeof address !== 'object' || address === null) throw new Error('A socket without a port');
      return address.port;
    }),
  );
}
