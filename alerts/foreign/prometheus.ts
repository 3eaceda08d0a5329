import { closed, open } from '../../backend/metrics/family.ts';
import type { ForeignFamily } from './family.ts';

const jobs = { source: 'https://prometheus.io/docs/concepts/jobs_instances/', seen: 'Prometheus 2.42' } as const;
const itself = {
  source: 'https://prometheus.io/docs/prometheus/latest/getting_started/',
  seen: 'Prometheus 2.42',
} as const;
const alertmanager = {
  source: 'https://prometheus.io/docs/alerting/latest/alertmanager/',
  seen: 'Alertmanager 0.31',
} as const;

const target = { job: open('name of the scrape job'), instance: open('address of the target') };

/** What Prometheus and Alertmanager tell of themselves and of what they scrape. */
export const prometheus = {
  up: {
    name: 'up',
    type: 'gauge',
    unit: '0 or 1',
    help: '1 when the target answered the last scrape.',
    labels: { ...target, role: open('role of the process, of our own targets') },
    ...jobs,
  },
  ruleFailures: {
    name: 'prometheus_rule_evaluation_failures_total',
    type: 'counter',
    unit: 'evaluations',
    help: 'Rules that could not be evaluated.',
    labels: { ...target, rule_group: open('file and name of the group') },
    ...itself,
  },
  notificationsFailed: {
    name: 'alertmanager_notifications_failed_total',
    type: 'counter',
    unit: 'notifications',
    help: 'Notifications that a receiver did not take.',
    labels: {
      ...target,
      integration: open('kind of receiver'),
      reason: closed('clientError', 'serverError', 'contextCanceled', 'contextDeadlineExceeded', 'other'),
    },
    ...alertmanager,
  },
  notifications: {
    name: 'alertmanager_notifications_total',
    type: 'counter',
    unit: 'notifications',
    help: 'Notifications that were tried.',
    labels: { ...target, integration: open('kind of receiver') },
    ...alertmanager,
  },
  alerts: {
    name: 'ALERTS',
    type: 'gauge',
    unit: '0 or 1',
    help: '1 for an alert whose expression holds: pending until it has held for long enough, then firing.',
    labels: {
      alertname: open('name of the alert'),
      alertstate: closed('pending', 'firing'),
      severity: open('label of our rules'),
      service: open('label of our rules'),
    },
    source: 'https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/',
    seen: 'Prometheus 2.42',
  },
  scrapeDuration: {
    name: 'scrape_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the last scrape took.',
    labels: target,
    ...jobs,
  },
  scrapeSamples: {
    name: 'scrape_samples_scraped',
    type: 'gauge',
    unit: 'samples',
    help: 'How many series the last scrape brought.',
    labels: target,
    ...jobs,
  },
  seriesInMemory: {
    name: 'prometheus_tsdb_head_series',
    type: 'gauge',
    unit: 'series',
    help: 'Series that are kept in memory.',
    labels: target,
    ...itself,
  },
  samplesAppended: {
    name: 'prometheus_tsdb_head_samples_appended_total',
    type: 'counter',
    unit: 'samples',
    help: 'Samples that were stored.',
    labels: target,
    ...itself,
  },
  ruleGroupDuration: {
    name: 'prometheus_rule_group_last_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the last evaluation of a group of rules took.',
    labels: { ...target, rule_group: open('file and name of the group') },
    ...itself,
  },
} as const satisfies Record<string, ForeignFamily>;
