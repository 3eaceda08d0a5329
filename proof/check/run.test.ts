import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from './run.ts';
import { smallRepository } from './testing.ts';

/** Each tool loads the whole of itself first, and the machine may be busy. */
const PATIENCE_MS = 60_000;

async function checked(step: string, files: Readonly<Record<string, string>>) {
  const repository = await smallRepository(files);
  onTestFinished(repository.close);
  return repository.check(step);
}

describe('import rules', { timeout: PATIENCE_MS }, () => {
  const sound = {
    'backend/calendar/index.ts': 'export const minute = 60_000;\n',
    'backend/log/read.ts': "import { minute } from '../calendar/index.ts';\nexport const read = minute;\n",
    'backend/signals/signal.ts': "import { read } from '../log/read.ts';\nexport const signal = read;\n",
    'backend/signals/signal.test.ts': "import { reach } from '../graphql/gate.ts';\nexport const tested = reach;\n",
    'backend/graphql/gate.ts': "import { buildSchema } from 'type-graphql';\nexport const reach = buildSchema;\n",
    'backend/operations/synthetic/watch.ts': "import { follow } from '../../../client/follow.ts';\nfollow();\n",
    'client/follow.ts': 'export function follow() {}\n',
    'proof/bench/run.ts': "import { signal } from '../../backend/signals/signal.ts';\nexport const proven = signal;\n",
  };

  // One run for all: each line of the tool names one mistake, so each of them alone would fail it.
  const mistakes: Record<string, { files: Record<string, string>; told: string }> = {
    'a folder that imports one below it': {
      files: { 'backend/log/peek.ts': "import { signal } from '../signals/signal.ts';\nsignal;\n" },
      told: 'order: backend/log/ imports only itself and what is above it: backend/log/peek.ts → backend/signals/signal.ts',
    },
    'the same for a type': {
      files: {
        'backend/calendar/type.ts':
          "import type { signal } from '../signals/signal.ts';\nexport type T = typeof signal;\n",
      },
      told: 'order: backend/calendar/ imports only itself and what is above it: backend/calendar/type.ts →',
    },
    'the client that imports the backend': {
      files: { 'client/peek.ts': "import { read } from '../backend/log/read.ts';\nread;\n" },
      told: 'house: client/ imports nothing outside itself: client/peek.ts → backend/log/read.ts',
    },
    'the backend that imports the client, outside the synthetic subscriber': {
      files: { 'backend/operations/watch.ts': "import { follow } from '../../client/follow.ts';\nfollow();\n" },
      told: 'house: backend/ imports nothing outside itself: backend/operations/watch.ts → client/follow.ts',
    },
    'a circle, of types alone too': {
      files: {
        'backend/log/head.ts': "import type { Tail } from './tail.ts';\nexport type Head = Tail[];\n",
        'backend/log/tail.ts': "import type { Head } from './head.ts';\nexport type Tail = Head[];\n",
      },
      told: 'circle: backend/log/head.ts →',
    },
    'a folder that is in no table': {
      files: { 'backend/helpers/text.ts': "import { read } from '../log/read.ts';\nread;\n" },
      told: 'tables: a place that is in no table: backend/helpers/text.ts →',
    },
    'code that imports a test': {
      files: { 'backend/signals/cheat.ts': "import { tested } from './signal.test.ts';\ntested;\n" },
      told: 'tests: only tests and proof/ import them: backend/signals/cheat.ts → backend/signals/signal.test.ts',
    },
    'code that imports a proof': {
      files: { 'backend/signals/proven.test.ts': "import { proven } from '../../proof/bench/run.ts';\nproven;\n" },
      told: 'proof: nothing imports it: backend/signals/proven.test.ts → proof/bench/run.ts',
    },
    'a metric that is made outside the registry': {
      files: { 'backend/signals/count.ts': "import { Counter } from 'prom-client';\nCounter;\n" },
      told: 'package: prom-client is only for backend/metrics/registry.ts, backend/metrics/library.ts: backend/signals/count.ts →',
    },
    'a decorator in a service': {
      files: { 'backend/signals/service.ts': "import { Field } from 'type-graphql';\nField;\n" },
      told: 'package: type-graphql is only for *.type.ts, *.resolver.ts, backend/graphql/, backend/platform/graphql/: backend/signals/service.ts →',
    },
    'a package of the cloud outside infra/': {
      files: { 'backend/signals/cloud.ts': "import * as pulumi from '@pulumi/pulumi';\npulumi;\n" },
      told: 'package: @pulumi/* is only for infra/: backend/signals/cloud.ts →',
    },
    'a package that only people at a terminal have': {
      files: { 'backend/signals/random.ts': "import fc from 'fast-check';\nfc;\n" },
      told: 'packages: what the image runs imports only dependencies, no devDependencies: backend/signals/random.ts →',
    },
  };

  it('lets every import pass that goes up', async () => {
    expect(await checked('imports', sound)).toEqual({
      code: 0,
      output: expect.stringMatching(/^passed {2}imports .*\n1 passed, 0 failed$/),
    });
  });

  it('refuses each import that does not', async () => {
    const files = Object.assign({}, sound, ...Object.values(mistakes).map((mistake) => mistake.files));
    const { code, output } = await checked('imports', files);
    expect(code).toBe(1);
    for (const [mistake, { told }] of Object.entries(mistakes)) expect(output, mistake).toContain(told);
  });
});

describe('metric labels', { timeout: PATIENCE_MS }, () => {
  const emitter = (labels: string) => ({
    'backend/log/emit.ts': `import { createMetrics } from '../metrics/registry.ts';
createMetrics().httpRequests.inc(${labels});
`,
  });

  it('compiles a metric with its own labels', async () => {
    const { code, output } = await checked('types', emitter("{ method: 'GET', endpoint: '/graphql', status: '200' }"));
    expect(output).toContain('1 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('refuses an unknown label', async () => {
    const { code, output } = await checked('types', emitter("{ nope: 'x' }"));
    expect(output).toContain("'nope' does not exist in type");
    expect(output).toContain('0 passed, 1 failed');
    expect(code).toBe(1);
  });
});

describe('the environment', { timeout: PATIENCE_MS }, () => {
  const reader = "export const port = process.env['PORT'];\n";
  const allowed = {
    'backend/settings.ts': reader,
    'backend/log/read.test.ts': reader,
    'proof/bench/run.ts': 'const { env } = process;\nexport const inherited = { ...env };\n',
    'backend/log/read.ts': `export const { stdout, stderr } = process;
process.exitCode = 1;
process.once('SIGTERM', () => stdout.write(String(process.pid)));
export const socket = globalThis.WebSocket;
`,
  };

  const readers = {
    'process.env': 'export const port = process.env.PORT;\n',
    'process["env"]': reader,
    'an import': "import { env } from 'node:process';\nexport const port = env.PORT;\n",
    'a namespace import': "import * as host from 'node:process';\nexport const port = host.env.PORT;\n",
    destructuring: 'const { env } = process;\nexport const port = env.PORT;\n',
    'the rest of destructuring': 'const { pid: _, ...rest } = process;\nexport const port = rest.env.PORT;\n',
    'another name': 'const host = process;\nexport const port = host.env.PORT;\n',
    'a default parameter': 'export function port({ env } = process) {\n  return env.PORT;\n}\n',
    globalThis: 'export const port = globalThis.process.env.PORT;\n',
    'globalThis with a computed name': "const name = 'process';\nexport const port = globalThis[name].env.PORT;\n",
    global: 'export const port = global.process.env.PORT;\n',
  };

  it('is read by settings.ts, tests and proofs', async () => {
    const { code, output } = await checked('lint', allowed);
    expect(output).toContain('1 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('is read by nothing else, whatever the spelling', async () => {
    const named = Object.entries(readers).map(([spelling, text], index) => ({
      spelling,
      text,
      path: `backend/log/read-${index}.ts`,
    }));
    const { code, output } = await checked('lint', Object.fromEntries(named.map(({ path, text }) => [path, text])));
    expect(code).toBe(1);
    for (const { spelling, path } of named)
      expect(output, spelling).toMatch(
        new RegExp(`${path}:\\d+:\\d+ (plugin|lint/style/(noProcessEnv|noRestrictedImports))`),
      );
  });
});

describe('the command', () => {
  const said = async (...args: string[]) => {
    const lines: string[] = [];
    return { code: await main(args, '.', (line) => lines.push(line)), output: lines.join('\n') };
  };

  it('names the steps when it is given an unknown one', async () => {
    expect(await said('--only', 'tpyes')).toEqual({
      code: 2,
      output: expect.stringMatching(/^--only is "tpyes", expected one of types, imports, dead, lint, /),
    });
  });

  it('refuses an unknown option', async () => {
    expect(await said('--fast')).toEqual({ code: 2, output: expect.stringContaining("'--fast'") });
  });

  it('lists the steps as help', async () => {
    expect(await said('--help')).toEqual({
      code: 0,
      output: expect.stringContaining('imports    who may import whom'),
    });
  });

  it('fails a step that cannot be carried out', async () => {
    const { code, output } = await checked('lock', {});
    expect(output).toContain('ENOENT: no such file or directory');
    expect(code).toBe(1);
  });

  it('prints where it found what may not be committed', async () => {
    const path = ['', 'home', 'ada', 'data'].join('/');
    expect(await checked('paths', { 'client/store.ts': `export const folder = '${path}';\n` })).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^failed {2}paths [\s\S]*\n {2}client\/store\.ts:1: a path of one machine, [\s\S]*\n0 passed, 1 failed$/,
      ),
    });
  });
});
