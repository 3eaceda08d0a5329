import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, AskingOptions } from './asker.ts';

// A program of a user that asks on and on, as many questions at once as it is told, in a process of its own: what it waits for is the server
// and the way there. A line an answer.
const { url, questions, pauseMs, atOnce, patienceMs, keeps, answers } = JSON.parse(
  process.argv[2] ?? '{}',
) as AskingOptions;
const NOTHING = { status: null, code: null, retryAfter: null } as const;
const parent = process.ppid;
let count = 0;

await Promise.all(Array.from({ length: atOnce }, askOnAndOn));

async function askOnAndOn(): Promise<void> {
  while (process.ppid === parent) {
    const question = questions[count++ % questions.length] ?? '';
    const begun = performance.now();
    const at = Date.now();
    const seen = await ask(question).catch((error: Error) => ({ ...NOTHING, failure: String(error.cause ?? error) }));
    const answer: Answer = { at, question, ms: performance.now() - begun, ...seen };
    appendFileSync(answers, `${JSON.stringify(answer)}\n`);
    await sleep(pauseMs);
  }
}

async function ask(query: string): Promise<Omit<Answer, 'at' | 'question' | 'ms'>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(keeps ? {} : { connection: 'close' }) },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const body = (await answer.json()) as { errors?: { extensions?: { code?: string } }[] };
  const code = body.errors?.[0]?.extensions?.code ?? null;
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after'), failure: null };
}
