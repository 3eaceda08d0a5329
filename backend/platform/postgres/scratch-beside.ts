import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCRATCH_DESK } from '../../server-scripts.ts';
import { layoutOf } from './folder.ts';
import { prepareRecovery, type Recovery, replayFailed } from './recover.ts';
import { askForServer, ServerEnded } from './scratch-request.ts';
import type { ScratchServer, ScratchServers } from './scratch-servers.ts';

export type ServersBesideOptions = {
  /** The folder that is shared with who runs the servers. */
  readonly shared: string;
  /** Superuser of the server that was backed up, and its database. */
  readonly user: string;
  readonly database: string;
  /** Whom the service acts as. */
  readonly applicationRole: string;
};

/** By somebody beside this process, such as the image of the server that was backed up: this image has no PostgreSQL. */
export function serversBeside(options: ServersBesideOptions): ScratchServers {
  return {
    folder: options.shared,
    recover: (recovery) => recover(options, recovery),
    start: (dataDirectory, { archive }) => start(options, dataDirectory, archive),
  };
}

async function recover({ shared }: ServersBesideOptions, recovery: Recovery): Promise<void> {
  const { cluster } = layoutOf(recovery.dataDirectory);
  const settings = { ...safe(shared), ...prepareRecovery(recovery) };
  try {
    const { onSlow } = recovery;
    await using _ = await askForServer({ shared, id: newId(), cluster, settings, onSlow });
  } catch (error) {
    throw error instanceof ServerEnded ? replayFailed(error.said, error) : error;
  }
}

async function start(
  { shared, user, database, applicationRole }: ServersBesideOptions,
  dataDirectory: string,
  archive: boolean,
): Promise<ScratchServer> {
  const hba = join(dataDirectory, 'sockets.conf');
  // Who can enter the folder of the sockets is the account of the server itself.
  writeFileSync(hba, 'local all all trust\n', { mode: 0o644 });
  const archiving = archive ? { archive_mode: 'on', archive_command: '' } : { archive_mode: 'off' };
  const { cluster } = layoutOf(dataDirectory);
  const settings = { ...safe(shared), hba_file: hba, ...archiving };
  const server = await askForServer({ shared, id: newId(), cluster, settings });
  const url = `postgres://${encodeURIComponent(user)}@${encodeURIComponent(join(shared, SCRATCH_DESK))}:${PORT}/${encodeURIComponent(database)}`;
  return {
    ownerUrl: url,
    applicationUrl: `${url}?options=${encodeURIComponent(`-c role=${applicationRole}`)}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The name of the socket, and nothing else. */
const PORT = 5432;

/** Stronger than what the restored folder says for the server that it was: nobody on the network, nothing loaded, nothing sent anywhere. */
function safe(shared: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    unix_socket_directories: join(shared, SCRATCH_DESK),
    port: String(PORT),
    logging_collector: 'off',
    log_destination: 'stderr',
    shared_preload_libraries: '',
    shared_buffers: '64MB',
    ssl: 'off',
    primary_conninfo: '',
    archive_library: '',
    restore_command: '',
  };
}

const newId = (): string => randomBytes(8).toString('hex');
