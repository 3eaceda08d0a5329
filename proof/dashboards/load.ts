import { setTimeout as sleep } from 'node:timers/promises';
import { instrumentsDocument, recentDocument } from '../../client/document.ts';
import { follow } from '../../client/index.ts';

const FOLLOWERS = 6;
const PAUSE_MS = 40;

/** What the users of a service do, until they are told to stop: they follow, ask, mistype, and show keys that are none. */
export async function load(address: string, stop: AbortSignal): Promise<void> {
  const followers = Array.from({ length: FOLLOWERS }, (_, index) => followUntil(address, index, stop));
  await Promise.all([...followers, askUntil(address, stop)]);
}

async function followUntil(address: string, index: number, stop: AbortSignal): Promise<void> {
  const url = index % 2 === 0 ? `ws://${address}/graphql` : `http://${address}/graphql`;
  try {
    for await (const _ of follow({ url, signal: stop })) if (stop.aborted) return;
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** In turn: questions of the client, what became of signals, one of nobody's, a mistake, one that is too deep, a key that is none. */
const questions: readonly { readonly query: string; readonly variables?: object; readonly key?: string }[] = [
  { query: recentDocument, variables: { last: 20 } },
  { query: instrumentsDocument },
  { query: '{ performance(provenance: SYNTHETIC) { n hits } }' },
  { query: '{ instruments(first: 3) { nodes { symbol } } }' },
  { query: '{ instruments(first: 3) { nodes { colour } } }' },
  { query: `{ __schema ${'{ types { fields { type '.repeat(6)}{ name }${' } } }'.repeat(6)} }` },
  { query: instrumentsDocument, key: 'hg_nobody' },
];

async function askUntil(address: string, stop: AbortSignal): Promise<void> {
  for (let turn = 0; !stop.aborted; turn += 1) {
    const { key, ...body } = questions[turn % questions.length] ?? { query: '' };
    await fetch(`http://${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
    }).then((answer) => answer.text());
    await sleep(PAUSE_MS);
  }
}
