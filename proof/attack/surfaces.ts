import { variables } from '../../backend/settings.ts';
import { speaksTls } from './cases/keys.ts';
import { SCHEMA } from './cases/schema.ts';
import type { Scene } from './scene/scene.ts';
import { post, request } from './wire/http.ts';

/** Something that the list attacks and that is not there, and a look at whether it is there by now. */
export type Surface = {
  readonly attacks: readonly string[];
  readonly what: string;
  /** Where it appeared; null while it did not. */
  readonly probe: (scene: Scene) => Promise<string | null>;
};

/** All places where there is nothing to attack. Streams of events are the other one: they are looked for when the scene is opened. */
export const SURFACES: readonly Surface[] = [
  {
    attacks: ['27'],
    what: 'batching',
    probe: async ({ production, credential }) => {
      const answer = await post(
        production.url,
        [{ query: '{ __typename }' }, { query: '{ __typename }' }],
        await credential(),
      );
      return settingNamed(/BATCH/) ?? (answer.status === 200 ? 'an array of requests is answered' : null);
    },
  },
  {
    attacks: ['90'],
    what: 'TLS with certificates of clients',
    probe: async ({ production }) =>
      settingNamed(/TLS|CERT|MTLS|CLIENT_CA/) ??
      ((await speaksTls(production.url)) ? 'the public port speaks TLS' : null),
  },
  {
    attacks: ['92', '93', '94', '95', '96', '97', '98', '99', '100', '101', '102', '103'],
    what: 'webhooks',
    probe: async ({ production }) => {
      const answer = await request({ url: `${new URL(production.url).origin}/webhooks` });
      return (
        named(/webhook|callback|endpoint|\burl\b/i) ??
        settingNamed(/WEBHOOK/) ??
        (answer.status === 404 ? null : 'the path /webhooks')
      );
    },
  },
  {
    attacks: ['115'],
    what: 'an export as CSV',
    probe: async ({ production, credential }) => {
      const answer = await post(
        production.url,
        { query: '{ __typename }' },
        { ...(await credential()), accept: 'text/csv' },
      );
      return (
        named(/csv|export|download/i) ?? (answer.headers['content-type']?.includes('csv') ? 'an answer as CSV' : null)
      );
    },
  },
  {
    attacks: ['121'],
    what: 'messages to Telegram, Slack or by mail',
    probe: async () => named(/telegram|slack|email|notification/i) ?? settingNamed(/TELEGRAM|SLACK|SMTP|MAIL/),
  },
];

/** A type, field, argument or input field of that name. */
function named(pattern: RegExp): string | null {
  for (const type of Object.values(SCHEMA.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (pattern.test(type.name)) return `the type ${type.name}`;
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (pattern.test(field.name)) return `the field ${type.name}.${field.name}`;
      const argument =
        'args' in field
          ? (field.args as readonly { readonly name: string }[]).find(({ name }) => pattern.test(name))
          : undefined;
      if (argument !== undefined) return `the argument ${type.name}.${field.name}(${argument.name}:)`;
    }
  }
  return null;
}

function settingNamed(pattern: RegExp): string | null {
  const name = Object.keys(variables).find((known) => pattern.test(known));
  return name === undefined ? null : `the setting ${name}`;
}
