import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packClient } from '../../client/pack/pack.ts';
import { type Newcomer, startAs } from '../common/newcomer.ts';
import { Program } from '../common/program.ts';

/** An example, and how somebody starts it in the folder of the examples. */
export type Example = {
  readonly name: string;
  readonly over: 'WebSocket' | 'SSE';
  readonly command: readonly [string, ...string[]];
};

type Addresses = { readonly ws: string; readonly http: string };
const REPOSITORY = join(import.meta.dirname, '../..');
const INSTALL_LIMIT_S = 180;

/** What not every machine has. */
export type Languages = {
  /** A Python with gql. */
  readonly python: string | null;
  /** The Go example, built. */
  readonly go: string | null;
};

/** Every example that follows the signals and can be run here. */
export function allExamples({ ws, http }: Addresses, folder: string, { python, go }: Languages): Example[] {
  const exactlyOnce = join(REPOSITORY, 'client/examples/exactly-once.ts');
  const database = join(folder, 'effects.sqlite');
  return [
    { name: 'graphql-ws', over: 'WebSocket', command: ['node', 'javascript/graphql-ws.mjs', ws] },
    { name: 'Apollo Client', over: 'WebSocket', command: ['node', 'javascript/apollo.mjs', ws] },
    { name: 'urql', over: 'WebSocket', command: ['node', 'javascript/urql.mjs', ws] },
    { name: 'follow', over: 'WebSocket', command: ['node', 'javascript/follow.mjs', ws] },
    {
      name: 'exactly once',
      over: 'WebSocket',
      command: [process.execPath, exactlyOnce, '--url', ws, '--db', database, '--from', 'beginning'],
    },
    ...(python === null
      ? []
      : [{ name: 'Python gql', over: 'WebSocket', command: [python, 'subscribe.py', ws] } as const]),
    ...(go === null ? [] : [{ name: 'Go', over: 'WebSocket', command: [go, ws] } as const]),
    { name: 'graphql-sse', over: 'SSE', command: ['node', 'javascript/graphql-sse.mjs', http] },
    { name: 'follow', over: 'SSE', command: ['node', 'javascript/follow.mjs', http] },
    { name: 'curl', over: 'SSE', command: ['bash', 'subscribe.sh', http] },
  ];
}

/** Finds out what is here, and tells what is not. The Go example is built in the folder of the examples. */
export function languages(python: string, examples: string, write: (line: string) => void): Languages {
  const hasGql = spawnSync(python, ['-c', 'import gql, websockets']).status === 0;
  if (!hasGql) write(`not run: ${python} with gql[websockets] is missing`);
  return { python: hasGql ? python : null, go: builtGo(join(examples, 'go'), write) };
}

/** Go is no program that this project asks for, so nothing fails where it, or its proxy, is missing. */
function builtGo(cwd: string, write: (line: string) => void): string | null {
  const downloaded = spawnSync('go', ['mod', 'download'], { cwd });
  if (downloaded.status !== 0) {
    write(`Go                           not run: ${downloaded.error ? 'go' : 'its module'} is missing`);
    return null;
  }
  const built = spawnSync('go', ['build', '-o', 'signals', '.'], { cwd, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
  return join(cwd, 'signals');
}

/** Copies the examples into a folder of their own and installs what they need, the client from its tarball; answers that folder. */
export async function installExamples(who: Newcomer, folder: string, stop: AbortSignal): Promise<string> {
  const examples = join(folder, 'examples');
  mkdirSync(examples);
  // Whoever tried an example where it lies has left packages there.
  const filter = (path: string) => basename(path) !== 'node_modules';
  cpSync(join(REPOSITORY, 'client/examples'), examples, { recursive: true, filter });
  const tarball = await packClient(folder);
  const command = ['npm', 'install', '--no-fund', '--no-audit', '--prefer-offline', tarball] as const;
  const install = new Program(startAs(who, command, { cwd: join(examples, 'javascript') }), stop);
  try {
    await install.ended(INSTALL_LIMIT_S, `npm install ${tarball}`);
  } finally {
    install.kill();
  }
  return examples;
}
