import { type Address, probePort } from '../../platform/http/listen.ts';
import type { PortName } from '../../roles.ts';
import type { RoleSettings } from './settings.ts';

/** Where each listener of a role opens; null for one that the role does not have. */
export function addressOf({ common, api }: RoleSettings): { internal: Address; public: Address | null } {
  return {
    internal: { host: common.INTERNAL_HOST ?? '127.0.0.1', port: common.INTERNAL_PORT },
    public: api === null ? null : { host: api.HOST, port: api.PORT },
  };
}

/** A port that cannot be opened is told before a database is made and started; who opens it later asks the machine again. */
export async function refuseTakenPorts(settings: RoleSettings): Promise<void> {
  const addresses = addressOf(settings);
  for (const name of ['public', 'internal'] as const satisfies PortName[]) {
    const address = addresses[name];
    if (address !== null) await probePort(name, address);
  }
}
