import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../attack.ts';
import type { Scene } from '../scene/scene.ts';

/** A line of the audit log. */
export type Line = {
  readonly actor: string;
  readonly tenant: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly outcome: string;
  readonly detail: string | null;
  readonly requestId: string | null;
};

/** What has to stand there. `by`: how the name of the principal ends; anybody when not said. */
export type Told = Pick<Line, 'action' | 'outcome'> & { readonly by?: string; readonly times: number };

/** Many that are alike are told together, after at most five seconds. */
const PATIENCE_MS = 8_000;

/** The audit log from now on. */
export class AuditWatch {
  readonly #scene: Scene;
  readonly #from: number;

  private constructor(scene: Scene, from: number) {
    this.#scene = scene;
    this.#from = from;
  }

  static async begin(scene: Scene): Promise<AuditWatch> {
    const { rows } = await scene.deployment.owner.query<{ last: string }>(
      `select last_seq as last from stream_head where stream = 'audit'`,
    );
    return new AuditWatch(scene, Number(rows[0]?.last));
  }

  async lines(): Promise<Line[]> {
    const { rows } = await this.#scene.deployment.owner.query<{ body: string }>(
      `select body from event_log where stream = 'audit' and seq > $1 order by seq`,
      [this.#from],
    );
    return rows.map(({ body }) => JSON.parse(body) as Line);
  }

  /** What is missing of it. */
  async lacks(...wanted: readonly Told[]): Promise<Faults> {
    const missing = async (): Promise<string[]> => {
      const lines = await this.lines();
      return wanted.flatMap((told) => {
        const found = lines.filter((line) => isOf(line, told)).reduce((sum, line) => sum + timesOf(line), 0);
        const who = told.by === undefined ? '' : ` by ${told.by}`;
        if (found >= told.times) return [];
        return [`the audit log tells ${found} times of ${told.action}${who}, ${told.outcome}, expected ${told.times}`];
      });
    };
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(50))
      if ((await missing()).length === 0) return [];
    return missing();
  }
}

function isOf({ actor, action, outcome }: Line, { by = '', ...told }: Told): boolean {
  return action === told.action && outcome === told.outcome && actor.endsWith(by);
}

/** How many times one line stands for. */
export function timesOf({ detail }: Line): number {
  return Number(/the last of (\d+) that are told together/.exec(detail ?? '')?.[1] ?? 1);
}
