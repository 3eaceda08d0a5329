import { flows } from './flow.ts';
import type { Reader } from './reader.ts';
import { judged, MINUTE, type Rehearsal } from './rehearsal.ts';
import type { Service } from './service.ts';
import { heardFaults } from './stored.ts';

/** The container: the service is killed, its database lives on. */
export async function container(service: Service, reader: Reader): Promise<Rehearsal> {
  const { seconds, rpo, faults } = await killedAndStarted(service, reader, 'service');
  return judged({
    name: 'container',
    objective: { rto: 30, rpo: 0 },
    achieved: { rto: seconds, rpo },
    shown:
      'kill -9 of the service while it writes; started again on the same data; every event that was heard is in the log',
    notShown:
      'how long a kubelet takes to notice and start it: 1 s or more after the first failure, doubled after each further one',
    faults,
  });
}

/** The node: all processes are gone at once, the disk is there. */
export async function node(service: Service, reader: Reader): Promise<Rehearsal> {
  const { seconds, rpo, faults } = await killedAndStarted(service, reader, 'both');
  return judged({
    name: 'node',
    objective: { rto: 2 * MINUTE, rpo: 0 },
    achieved: { rto: seconds, rpo },
    shown:
      'kill -9 of the service and of PostgreSQL at once; PostgreSQL replays its own log; every event that was heard is in the log',
    notShown:
      'a power cut, which may lose what the disk said it had; the eviction from a node that does not answer (30 s by our tolerations) and the move of a volume to another one',
    faults,
  });
}

async function killedAndStarted(service: Service, reader: Reader, what: 'service' | 'both') {
  await flows(service, reader);
  const begin = performance.now();
  await service.kill(what);
  const before = [...reader.heard];
  await service.start();
  const seconds = (performance.now() - begin) / 1_000;
  const faults = await service.asOwner((client) => heardFaults(client, before));
  await flows(service, reader);
  // Nothing that was heard is missing, or what is lost is not known.
  return { seconds, rpo: faults.length === 0 ? 0 : Number.POSITIVE_INFINITY, faults };
}
