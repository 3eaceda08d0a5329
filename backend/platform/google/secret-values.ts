import { z } from 'zod';

export type SecretValuesOptions = {
  /** Of the interface of Secret Manager. */
  readonly url?: string;
  /** A token that is good now. */
  readonly token: () => Promise<string>;
};

const answerSchema = z.object({ payload: z.object({ data: z.base64() }) });

const URL_OF_GOOGLE = 'https://secretmanager.googleapis.com';
const TIMEOUT_MS = 30_000;

/** What Secret Manager holds: https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access. */
export class SecretValues {
  readonly #options: SecretValuesOptions;

  constructor(options: SecretValuesOptions) {
    this.#options = options;
  }

  /** The newest version of `projects/PROJECT/secrets/NAME`. Throws an Error that says which it was, and nothing of what it held. */
  async newest(name: string): Promise<Buffer> {
    const { url = URL_OF_GOOGLE, token } = this.#options;
    const headers = { authorization: `Bearer ${await token()}` };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${url}/v1/${name}/versions/latest:access`, { headers, redirect: 'manual', signal });
    if (!response.ok) throw new Error(`Secret Manager answered ${response.status} of ${name}`);
    const answer = answerSchema.safeParse(await response.json());
    if (!answer.success) throw new Error(`Secret Manager answered of ${name} what is no version of a secret`);
    return Buffer.from(answer.data.payload.data, 'base64');
  }
}
