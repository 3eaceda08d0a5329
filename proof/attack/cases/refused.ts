import type { Attack, Faults, Trial } from '../attack.ts';
import { type Refusal, refusalFaults } from '../judge.ts';
import { sumOf } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { type Answer, type GraphqlBody, TRANSPORTS, type Transport } from '../wire/answer.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';

export type RefusedAttack = Pick<Attack, 'number' | 'title' | 'sent' | 'slow'> & {
  /** Each has to be refused by itself. */
  readonly requests: readonly GraphqlBody[] | ((scene: Scene) => readonly GraphqlBody[]);
  readonly codes: readonly string[];
  readonly statuses?: readonly number[];
  /** The rule that is counted, for each request once. */
  readonly rule?: string;
  readonly safe?: string;
  /** Whether a socket may be closed for it. */
  readonly mayClose?: boolean;
  readonly transports?: readonly Transport[];
};

/** Of one request of at most 100 kB. */
export const LONGEST_STALL_MS = 50;

export const RULE_G =
  'refused before anything is executed: 4xx and a code of the closed list that tells nothing else, one error over a WebSocket whose other operations go on, counted by its rule, in at most 5 ms of computing';

/** An attack of GraphQL requests that are refused by the general rule, on every transport alike. */
export function refused(attack: RefusedAttack): Attack {
  const transports = attack.transports ?? ['http', 'websocket', 'sse'];
  return {
    ...{ number: attack.number, title: attack.title, sent: attack.sent, safe: attack.safe ?? RULE_G },
    stallMs: LONGEST_STALL_MS,
    ...(attack.slow === undefined ? {} : { slow: attack.slow }),
    trials: Object.fromEntries(transports.map((transport) => [transport, trialOf(attack, transport)])),
  };
}

function trialOf(attack: RefusedAttack, transport: Transport): Trial {
  return async (scene) => {
    const requests = typeof attack.requests === 'function' ? attack.requests(scene) : attack.requests;
    const headers = await scene.credential();
    await using channel = await openChannel(scene, transport, headers);
    const counted = async (): Promise<number | null> => {
      const figures = await scene.production.figures();
      if (figures === null || attack.rule === undefined) return null;
      return sumOf(figures, 'graphql_rejected_total', { reason: attack.rule, transport });
    };
    const before = await counted();
    const faults: string[] = [];
    let closed = 0;
    for (const body of requests) {
      const answer = await channel.send(body);
      if (answer.socket?.closed != null) closed += 1;
      faults.push(...refusalFaults(answer, expectationOf(attack, body)));
    }
    faults.push(...(await channel.faultsAfter()));
    const after = await counted();
    const rise = before === null || after === null ? requests.length - closed : after - before;
    if (rise !== requests.length - closed)
      faults.push(`"${attack.rule}" was counted ${rise} times for ${requests.length - closed} refusals`);
    return faults.length > 0 ? faults.slice(0, 3) : computing(scene, channel, requests);
  };
}

function expectationOf({ codes, statuses, mayClose }: RefusedAttack, body: GraphqlBody): Refusal {
  const large = JSON.stringify(body).length > 60_000;
  return {
    ...{ codes: large ? [...codes, 'BODY_TOO_LARGE'] : codes, sent: JSON.stringify(body) },
    ...(statuses === undefined ? {} : { statuses: large ? [...statuses, 413] : statuses }),
    mayClose: mayClose === true || large,
  };
}

const REPEATS = 20;
const MOST_CPU_MS = 5;
/** A process that has just begun compiles what it runs, and that is computing, too. */
const MOST_ATTEMPTS = 12;

/** What refusing one costs, taken over many; that of the page of figures is in it. */
async function computing(scene: Scene, channel: Channel, requests: readonly GraphqlBody[]): Promise<Faults> {
  const first = requests[0];
  const before = await scene.production.figures();
  if (before === null || first === undefined) return [];
  for (let attempt = 1; ; attempt++) {
    const begin = (await scene.production.figures()) ?? before;
    for (let n = 0; n < REPEATS; n++) await channel.send(first);
    const end = (await scene.production.figures()) ?? before;
    const cpuMs = ((sumOf(end, CPU) - sumOf(begin, CPU)) * 1_000) / REPEATS;
    if (cpuMs <= MOST_CPU_MS) return [];
    if (attempt === MOST_ATTEMPTS) return [`${cpuMs.toFixed(1)} ms of computing, expected at most ${MOST_CPU_MS}`];
  }
}
const CPU = 'process_cpu_seconds_total';

/** The same trial on each transport. */
export function onEach(trial: (scene: Scene, transport: Transport) => Promise<Faults>): Attack['trials'] {
  return Object.fromEntries(TRANSPORTS.map((transport) => [transport, (scene: Scene) => trial(scene, transport)]));
}

/** One way to the service, the same for every transport. */
export type Channel = AsyncDisposable & {
  send(body: GraphqlBody): Promise<Answer>;
  /** What was wrong with the connection itself once all was sent. */
  faultsAfter(): Promise<Faults>;
};

export async function openChannel(
  scene: Pick<Scene, 'production' | 'eventsUrl'>,
  transport: Transport,
  headers: Readonly<Record<string, string>>,
): Promise<Channel> {
  if (transport === 'websocket') return socketChannel(scene.production.webSocketUrl, headers);
  const url = transport === 'sse' ? (scene.eventsUrl ?? scene.production.url) : scene.production.url;
  return {
    send: (body) => (transport === 'sse' ? postForEvents(url, body, headers) : post(url, body, headers)),
    faultsAfter: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** All over one socket; when the service closes it, the next is sent over another. */
async function socketChannel(url: string, payload: Readonly<Record<string, string>>): Promise<Channel> {
  const open = () => AttackSocket.authenticated(url, payload);
  let socket = await open();
  let ids = 0;
  return {
    send: async (body) => {
      if (socket.closed !== null) socket = await open();
      ids += 1;
      return socket.ask(`attack-${ids}`, body);
    },
    faultsAfter: async () => {
      if (socket.closed !== null || (await socket.answersPing())) return [];
      return ['the socket does not answer any more'];
    },
    [Symbol.asyncDispose]: async () => socket[Symbol.dispose](),
  };
}
