import { panelThen } from './range.ts';

/** Where Alertmanager finds a secret: a file each, mounted from Secret Manager. The text is no secret. */
const SECRETS = '/etc/alertmanager/secrets';
const secret = (name: string): string => `${SECRETS}/${name}`;

/** The files that must be there, so that whoever deploys it can make them. */
export const secretNames = [
  'pagerduty-routing-key',
  'slack-url',
  'teams-url',
  'smtp-password',
  'telegram-token',
  'telegram-chat',
  'ticket-url',
  'heartbeat-url',
] as const;

const title = '{{ .CommonLabels.alertname }} ({{ .CommonLabels.severity }})';
/** What whoever is told reads: of each alert what is lost, the page and the panel. */
const text = `{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook_url }}\n${panelThen}\n{{ end }}`;

const slack = {
  api_url_file: secret('slack-url'),
  channel: '#heliograph',
  send_resolved: true,
  title,
  text,
};

/** PagerDuty calls and sends SMS by its own rules; Alertmanager knows no telephone. The chat of operations is not the bot of the customers. */
export const receivers = [
  {
    name: 'page',
    pagerduty_configs: [
      {
        routing_key_file: secret('pagerduty-routing-key'),
        severity: 'critical',
        description: '{{ .CommonLabels.alertname }}: {{ (index .Alerts 0).Annotations.summary }}',
        details: {
          runbook: '{{ (index .Alerts 0).Annotations.runbook_url }}',
          dashboard: `{{ with index .Alerts 0 }}${panelThen}{{ end }}`,
          reason: '{{ (index .Alerts 0).Annotations.reason }}',
        },
      },
    ],
  },
  {
    name: 'page-chat',
    slack_configs: [slack],
    msteamsv2_configs: [{ webhook_url_file: secret('teams-url'), send_resolved: true, title, text }],
    telegram_configs: [
      {
        bot_token_file: secret('telegram-token'),
        chat_id_file: secret('telegram-chat'),
        parse_mode: '',
        message: `${title}\n${text}`,
      },
    ],
  },
  {
    name: 'ticket',
    // Without html, whose template shows the annotations as they are: a ticket is read on another day.
    email_configs: [
      { to: 'on-call@heliograph.invalid', send_resolved: true, headers: { subject: title }, html: '', text },
    ],
    webhook_configs: [{ url_file: secret('ticket-url'), send_resolved: true }],
  },
  { name: 'info', slack_configs: [{ ...slack, send_resolved: false }] },
  { name: 'heartbeat', webhook_configs: [{ url_file: secret('heartbeat-url'), send_resolved: false }] },
] as const;

export type Receiver = (typeof receivers)[number]['name'];
export const smtpPassword = secret('smtp-password');
