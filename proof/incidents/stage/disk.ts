import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { foreign } from '../../../alerts/index.ts';

/** How full the disk is at first. */
const USED = 0.4;

/** Tells the size of a real database under the name that the cloud has for it, as a part of a disk that it fills to two fifths at first. */
export async function serveDisk(databaseUrl: string): Promise<{
  readonly address: string;
  /** Of the disk. */
  readonly bytes: number;
  readonly close: () => Promise<void>;
}> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const bytes = (await sizeIn(pool)) / USED;
  const server = createServer((_, answer) => {
    sizeIn(pool).then(
      (size) => answer.end(`${foreign.sqlDisk.name}{database_id="project:{database}"} ${size / bytes}\n`),
      () => answer.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await pool.end();
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, bytes, close };
}

export async function sizeIn(client: Pick<pg.Client, 'query'>): Promise<number> {
  const { rows } = await client.query<{ size: string }>('select pg_database_size(current_database()) as size');
  return Number(rows[0]?.size);
}
