import { type Random, randomOf } from '../../../backend/platform/random.ts';
import { refusalFaults } from '../judge.ts';
import type { Variants } from '../report.ts';
import type { Scene } from '../scene/scene.ts';
import { parsed } from '../wire/answer.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { inventVariant, type Variant } from './grammar.ts';

/** Sends made-up attacks over one transport after the other; each has to be refused by the general rule. */
export async function runVariants(
  scene: Scene,
  count: number,
  seed: number,
  write: (line: string) => void,
): Promise<Variants> {
  const random: Random = randomOf(`attack ${seed}`);
  let safe = 0;
  for (let n = 0; n < count; n++) {
    const variant = inventVariant(random);
    const transport = transportsOf(scene)[n % transportsOf(scene).length] ?? 'http';
    const faults = await sendVariant(scene, variant, transport);
    if (faults.length === 0) safe += 1;
    else
      write(
        `variant ${n} (${variant.family}, ${transport}): ${faults.slice(0, 2).join('; ')}\n       ${variant.body.slice(0, 200)}`,
      );
  }
  return { safe, all: count, seed };
}

const transportsOf = ({ eventsUrl }: Scene) =>
  eventsUrl === null ? (['http', 'websocket'] as const) : (['http', 'websocket', 'sse'] as const);

async function sendVariant(scene: Scene, { body }: Variant, transport: 'http' | 'websocket' | 'sse') {
  const headers = await scene.credential();
  const expected = { sent: `${body} ${JSON.stringify(parsed(body.trim()))}`, mayClose: true };
  if (transport === 'http') return refusalFaults(await post(scene.production.url, body, headers), expected);
  if (transport === 'sse') return refusalFaults(await postForEvents(scene.eventsUrl ?? '', body, headers), expected);
  using socket = await AttackSocket.authenticated(scene.production.webSocketUrl, headers);
  socket.say(`{"id":"v","type":"subscribe","payload":${body}}`);
  const first = await socket.hears(({ id }) => id === 'v');
  const text =
    first?.type === 'error' ? JSON.stringify({ errors: first.payload }) : JSON.stringify(first?.payload ?? '');
  return refusalFaults(
    { transport, status: null, headers: {}, text, socket: { type: first?.type ?? null, closed: socket.closed } },
    expected,
  );
}
