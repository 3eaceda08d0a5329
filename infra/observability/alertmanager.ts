import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Config } from '../config/config.ts';

const entry = z.looseObject({});
const integration = z.array(entry);
const written = z.looseObject({
  global: z.record(z.string(), z.unknown()),
  receivers: z.array(z.object({ name: z.string() }).catchall(z.union([z.string(), integration]))),
});

type Stack = Pick<Config, 'mail' | 'alertEmail' | 'alertChannels'>;
/** Text of its configuration, and the secrets that it reads, by the names of their files. */
export type AlertmanagerConfig = { readonly text: string; readonly secrets: readonly string[] };

/** Where it looks for them. */
export const SECRETS = '/etc/alertmanager/secrets';
const FILE = join(import.meta.dirname, '../../alerts/generated/alertmanager.yaml');

/** By which channel a receiver tells: its kind of integration, and for webhooks its name. */
const channelOf: Readonly<Record<string, (receiver: string) => string>> = {
  pagerduty_configs: () => 'pagerduty',
  slack_configs: () => 'slack',
  msteamsv2_configs: () => 'teams',
  telegram_configs: () => 'telegram',
  webhook_configs: (receiver) => receiver,
};

/**
 * What alerts/ has written, with the channels that this stack has, and its own addresses for mail. Routes and receivers stay as they are: one without
 * a channel tells nobody.
 */
export function alertmanagerConfig(stack: Stack, file: string = FILE): AlertmanagerConfig {
  const { global: whole, receivers, ...rest } = written.parse(parse(readFileSync(file, 'utf8')));
  const { mail, alertEmail } = stack;
  const filled = {
    global: {
      ...Object.fromEntries(Object.entries(whole).filter(([key]) => !key.startsWith('smtp_'))),
      ...smtp(whole, mail),
    },
    ...rest,
    receivers: receivers.map(({ name, ...integrations }) => ({
      name,
      ...Object.fromEntries(
        Object.entries(integrations).flatMap(([kind, value]) => {
          if (kind === 'email_configs' && mail && alertEmail && typeof value !== 'string')
            return [[kind, value.map((one) => ({ ...one, to: alertEmail }))]];
          return stack.alertChannels.some((channel) => channel === channelOf[kind]?.(name)) ? [[kind, value]] : [];
        }),
      ),
    })),
  };
  const text = stringify(filled, { lineWidth: 0, aliasDuplicateObjects: false });
  const secrets = [...text.matchAll(new RegExp(`${SECRETS}/([a-z-]+)`, 'g'))].map(([, name]) => `${name}`);
  return { text, secrets: [...new Set(secrets)].sort() };
}

function smtp(whole: Readonly<Record<string, unknown>>, mail: Stack['mail']): Record<string, unknown> {
  if (mail === undefined) return {};
  const { smarthost, from } = mail;
  return {
    smtp_smarthost: smarthost,
    smtp_from: from,
    smtp_auth_username: from,
    smtp_auth_password_file: whole['smtp_auth_password_file'],
  };
}
