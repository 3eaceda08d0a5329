import { Cloud } from './cloud.ts';
import { GoogleStandIn } from './server.ts';

/** A request without the address of the server: `METHOD host/version/path`, and what is sent. */
export type Request = readonly [what: string, body?: unknown];

/** Where days go by when they are told to. */
export type Scene = AsyncDisposable & {
  readonly ask: (request: Request) => Promise<{ readonly status: number; readonly text: string }>;
  readonly wait: (days: number) => void;
};

export const PROJECT = { id: 'acme-signals', number: '123456789012' };
const DAY_MS = 86_400_000;

/** A stand-in to be asked by raw HTTP, on which everything is on but what is named. */
export async function openScene(hosts: readonly string[]): Promise<Scene> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const google = await GoogleStandIn.start(new Cloud({ project: PROJECT, now: () => now }));
  await google.turnOn(hosts);
  return {
    ask: async ([what, body]) => {
      const [method = '', path = ''] = what.split(' ');
      const headers = { authorization: 'Bearer of-a-test' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${google.url}/${path}`, { method, headers, ...sent });
      return { status: response.status, text: await response.text() };
    },
    wait: (days) => {
      now += days * DAY_MS;
    },
    [Symbol.asyncDispose]: () => google[Symbol.asyncDispose](),
  };
}
