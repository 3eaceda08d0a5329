import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packClient } from '../../client/pack/pack.ts';
import { type Newcomer, startAs } from '../readme/newcomer.ts';
import { Program } from '../readme/program.ts';

/** An example, and how somebody starts it in the folder of the examples. */
export type Example = {
  readonly name: string;
  readonly over: 'WebSocket' | 'SSE';
  readonly command: readonly [string, ...string[]];
};

type Addresses = { readonly ws: string; readonly http: string };
const REPOSITORY = join(import.meta.dirname, '../..');
const INSTALL_LIMIT_S = 180;

/** Every example that follows the signals. `python` is null where it, or its gql, is missing. */
export function allExamples({ ws, http }: Addresses, folder: string, python: string | null): Example[] {
  const exactlyOnce = join(REPOSITORY, 'client/examples/exactly-once.ts');
  const database = join(folder, 'effects.sqlite');
  const examples: Example[] = [
    { name: 'graphql-ws', over: 'WebSocket', command: ['node', 'javascript/graphql-ws.mjs', ws] },
    { name: 'Apollo Client', over: 'WebSocket', command: ['node', 'javascript/apollo.mjs', ws] },
    { name: 'urql', over: 'WebSocket', command: ['node', 'javascript/urql.mjs', ws] },
    { name: 'follow', over: 'WebSocket', command: ['node', 'javascript/follow.mjs', ws] },
    {
      name: 'exactly once',
      over: 'WebSocket',
      command: [process.execPath, exactlyOnce, '--url', ws, '--db', database, '--from', 'beginning'],
    },
    { name: 'graphql-sse', over: 'SSE', command: ['node', 'javascript/graphql-sse.mjs', http] },
    { name: 'follow', over: 'SSE', command: ['node', 'javascript/follow.mjs', http] },
    { name: 'curl', over: 'SSE', command: ['bash', 'subscribe.sh', http] },
  ];
  if (python !== null) examples.push({ name: 'Python gql', over: 'WebSocket', command: [python, 'subscribe.py', ws] });
  return examples;
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
