import { setTimeout as sleep } from 'node:timers/promises';
import { instrumentsDocument, recentDocument } from '../../../client/document.ts';
import { follow } from '../../../client/index.ts';

const FOLLOWERS = 3;
/** They ask at once, so that one slow answer keeps nobody else from asking. */
const ASKERS = 6;
const PAUSE_MS = 500;
const LIMIT_MS = 5_000;

const questions = [
  { query: instrumentsDocument },
  { query: recentDocument, variables: { last: 20 } },
  { query: '{ instruments(first: 3) { nodes { symbol } } }' },
];

/** What users do until they are told to stop: they follow and ask, and go on asking when they are refused or get no answer. */
export async function use(address: string, stop: AbortSignal): Promise<void> {
  await Promise.all([
    ...Array.from({ length: FOLLOWERS }, () => followUntil(address, stop)),
    ...Array.from({ length: ASKERS }, () => askUntil(address, stop)),
  ]);
}

async function followUntil(address: string, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      for await (const _ of follow({ url: `${address.replace('http', 'ws')}/graphql`, signal: stop }))
        if (stop.aborted) return;
    } catch {
      // Whoever follows comes back.
      await sleep(1_000, null, { signal: stop }).catch(() => null);
    }
  }
}

async function askUntil(address: string, stop: AbortSignal): Promise<void> {
  for (let turn = 0; !stop.aborted; turn += 1) {
    await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(questions[turn % questions.length]),
      signal: AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]),
    }).then(
      (answer) => answer.text(),
      () => null,
    );
    await sleep(PAUSE_MS, null, { signal: stop }).catch(() => null);
  }
}
