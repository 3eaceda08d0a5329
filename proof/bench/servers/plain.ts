import { createServer } from 'node:http';
import { peer } from '../peers.ts';
import { serveRawSockets } from './raw-sockets.ts';
import { keyOf, PAGE, type Row } from './schema.ts';
import type { Served, Setup } from './setup.ts';

type Pg = { readonly default: { readonly Pool: new (options: unknown) => Pool } };
type Pool = { query(statement: unknown): Promise<{ readonly rows: readonly Row[] }> };

/** What Node does when nobody puts GraphQL in between: ready bytes over http, text columns of pg, a ready string over ws. */
export async function start(setup: Setup): Promise<Served> {
  const answer = await answerOf(setup);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const bytes = await answer(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length });
      response.end(bytes);
    });
  });
  const publish = await serveRawSockets(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, publish };
}

async function answerOf({ signals = [], databaseUrl }: Setup): Promise<(body: Buffer) => Buffer | Promise<Buffer>> {
  const ready = Buffer.from(`${JSON.stringify({ data: { signals: { nodes: signals } } })}\n`);
  if (databaseUrl === undefined) return () => ready;
  const { default: pg } = await peer<Pg>('pg');
  const types = { getTypeParser: () => (text: string) => text };
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 8,
    types,
    options: '-c DateStyle=ISO -c TimeZone=UTC',
  });
  return async (body) => {
    const { variables } = JSON.parse(body.toString()) as { variables: { first: number; after: string } };
    const { first, after } = variables;
    const { rows } = await pool.query({ name: 'page', text: PAGE, values: [...keyOf(after), first + 1] });
    const nodes = rows.slice(0, first).map(textOf).join(',');
    return Buffer.from(`{"data":{"signals":{"nodes":[${nodes}]}}}\n`);
  };
}

/** A template with the texts as they come: none of them has a character that JSON writes otherwise. */
function textOf(row: Row): string {
  return `{"id":"sig_${row.id}","instrument":{"symbol":"${row.symbol}"},"side":"${row.side}","timeframe":"${row.timeframe}","state":"${row.state}","confidence":"${row.confidence}","entry":{"referencePrice":"${row.reference_price}"},"stop":"${row.stop}","targets":[{"price":"${row.target}"}],"riskReward":"${row.risk_reward}","publishedAt":"${row.published_at}","expiresAt":"${row.expires_at}"}`;
}
