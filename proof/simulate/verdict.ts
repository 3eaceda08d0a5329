import { canonicalJson } from '../../backend/platform/canonical-json.ts';
import { matches } from '../../backend/signals/signal-filter.ts';
import type { Client } from './client.ts';
import type { Acknowledged } from './stored-log.ts';
import type { World } from './world.ts';

/** What was promised and did not hold; nothing where all did. */
export function violationsOf({ clients, log, services }: World): string[] {
  const written = log.acknowledged;
  return [
    ...clients.flatMap((client) =>
      faultsOf(client, written, log.head).map((fault) => `${client.options.name}: ${fault}`),
    ),
    ...services.flatMap((service, index) => {
      const own = clients.filter((client) => client.isConnected && client.service === service);
      const keys = new Set(own.map(({ options }) => canonicalJson(options.filter)));
      return service.isUp && service.groups !== keys.size
        ? [`service ${index} has ${service.groups} groups for ${keys.size} different wishes`]
        : [];
    }),
  ];
}

function faultsOf(client: Client, written: readonly Acknowledged[], head: { epoch: string; seq: number }): string[] {
  const { options, broken, began, told, received, position } = client;
  if (!client.isConnected) return [...broken, 'never came back'];
  if (began === null) return [...broken, 'was never told anything'];
  const wanted = written.filter(
    ({ seq, body }) =>
      seq > began && matches(options.filter, body, 0) && !told.some(({ from, until }) => seq > from && seq <= until),
  );
  const expected = wanted.map(({ epoch, seq }) => `${epoch}/${seq}`);
  const got = new Set(received.map(({ epoch, seq }) => `${epoch}/${seq}`));
  const lost = expected.filter((name) => !got.has(name));
  const strange = [...got].filter((name) => !written.some(({ epoch, seq }) => `${epoch}/${seq}` === name));
  return [
    ...broken,
    ...(lost.length > 0 ? [`${lost.length} of ${expected.length} events lost, the first is ${lost[0]}`] : []),
    ...(strange.length > 0 ? [`has ${strange.length} events that are not in the log, the first is ${strange[0]}`] : []),
    ...(position?.seq === head.seq && position.epoch === head.epoch
      ? []
      : [`stands at ${position?.epoch}/${position?.seq}, the log at ${head.epoch}/${head.seq}`]),
  ];
}
