import { runningServer } from '../../backend/platform/postgres/running.ts';

/** The address of the embedded database that runs on this machine in a data folder, as the service's role. Throws a TypeError where none runs. */
export function embeddedAddress(folder: string): string {
  const server = runningServer(folder);
  if (server !== null) return server.applicationUrl;
  throw new TypeError(
    `--data-dir is ${JSON.stringify(folder.slice(0, 200))}, expected the folder of an embedded database that runs: npm start says where it has its own`,
  );
}
