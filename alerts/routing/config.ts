import { inhibitions } from './inhibitions.ts';
import { receivers, smtpPassword } from './receivers.ts';
import { routes, timeIntervals } from './routes.ts';

/** Alertmanager's whole configuration. Addresses that end in `.invalid` are filled in by whoever deploys it. */
export const alertmanager = {
  global: {
    resolve_timeout: '5m',
    smtp_smarthost: 'smtp.heliograph.invalid:587',
    smtp_from: 'alerts@heliograph.invalid',
    smtp_auth_username: 'alerts@heliograph.invalid',
    smtp_auth_password_file: smtpPassword,
  },
  route: {
    receiver: 'ticket',
    group_by: ['alertname', 'service', 'cluster'],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '24h',
    routes,
  },
  inhibit_rules: inhibitions.map(({ source, target, equal }) => ({
    source_matchers: source,
    target_matchers: target,
    ...(equal.length > 0 && { equal }),
  })),
  receivers,
  time_intervals: timeIntervals,
} as const;
