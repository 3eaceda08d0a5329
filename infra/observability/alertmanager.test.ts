import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertChannels } from '../config/schema.ts';
import { alertmanagerConfig } from './alertmanager.ts';

const mail = { smarthost: 'smtp.example.com:587', from: 'alerts@example.com' };
const whole = { mail, alertEmail: 'on-call@example.com', alertChannels };
const none = { mail: undefined, alertEmail: undefined, alertChannels: [] };

it('fills in every address that alerts/ leaves to who deploys it', () => {
  const { text, secrets } = alertmanagerConfig(whole);
  expect(text).not.toContain('.invalid');
  expect(text).toContain('smtp_smarthost: smtp.example.com:587');
  expect(text).toContain('to: on-call@example.com');
  expect(secrets).toEqual([
    'heartbeat-url',
    'pagerduty-routing-key',
    'slack-url',
    'smtp-password',
    'teams-url',
    'telegram-chat',
    'telegram-token',
    'ticket-url',
  ]);
});

it('each channel brings its own secrets, and none of another', () => {
  const of = (...channels: readonly (typeof alertChannels)[number][]) =>
    alertmanagerConfig({ ...none, alertChannels: channels }).secrets;
  expect(of()).toEqual([]);
  expect(of('telegram')).toEqual(['telegram-chat', 'telegram-token']);
  expect(of('heartbeat')).toEqual(['heartbeat-url']);
  expect(alertmanagerConfig({ ...none, mail, alertEmail: 'a@example.com' }).secrets).toEqual(['smtp-password']);
  for (const channel of alertChannels) expect(of(channel), channel).not.toEqual([]);
});

it('keeps every route and every receiver, though it tells nobody', () => {
  const names = (text: string) => (parse(text) as { receivers: { name: string }[] }).receivers.map(({ name }) => name);
  expect(names(alertmanagerConfig(none).text)).toEqual(names(alertmanagerConfig(whole).text));
});
