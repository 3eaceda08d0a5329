import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { GRAPHQL_PATH } from './http.ts';

const FOLDER = `${GRAPHQL_PATH}/assets`;
const PAGE = readFileSync(join(import.meta.dirname, 'graphiql.html'), 'utf8');

/** Where each file of the page lies: in the package of that name. They are for people at a terminal and not part of the image. */
const FILES = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
} as const;

/**
 * In development a browser that opens the endpoint is shown GraphiQL with a subscription ready to run. Nothing comes from elsewhere: where its
 * packages are not installed, there is none.
 */
export async function serveGraphiql(server: FastifyInstance): Promise<void> {
  if (!isInstalled()) return;
  const script = createHash('sha256').update(inlineScript()).digest('base64');
  const policy = `default-src 'self'; script-src 'self' 'sha256-${script}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'`;
  server.addHook('onRequest', async (request, reply) => {
    const wantsPage =
      request.method === 'GET' && request.url === GRAPHQL_PATH && (request.headers.accept ?? '').includes('text/html');
    if (wantsPage) return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(PAGE);
  });
  for (const [name, [packageName, file]] of Object.entries(FILES)) {
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    server.get(`${FOLDER}/${name}`, async (_request, reply) =>
      reply.type(type).send(readFileSync(locate(packageName, file))),
    );
  }
  for (const name of websocketClientFiles()) {
    const file = join(dirname(locate('graphql-ws', 'dist/client.js')), name);
    server.get(`${FOLDER}/graphql-ws/${name}`, async (_request, reply) =>
      reply.type('text/javascript').send(readFileSync(file)),
    );
  }
}

/** The client of graphql-ws and the one file that it imports, whose name changes with each release. */
function websocketClientFiles(): string[] {
  const client = readFileSync(locate('graphql-ws', 'dist/client.js'), 'utf8');
  return ['client.js', ...new Set([...client.matchAll(/from '\.\/([\w.-]+\.js)'/g)].map((match) => match[1] ?? ''))];
}

function inlineScript(): string {
  return /<script type="module">([\s\S]*?)<\/script>/.exec(PAGE)?.[1] ?? '';
}

function isInstalled(): boolean {
  try {
    return locate('graphiql', '') !== '';
  } catch {
    return false;
  }
}

function locate(packageName: string, file: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), file);
}
