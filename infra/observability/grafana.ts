import { stringify } from 'yaml';

/** Where Grafana finds what is given to it. */
export const places = {
  settings: '/etc/grafana',
  provisioning: '/etc/grafana/provisioning',
  dashboards: '/etc/grafana/dashboards',
} as const;

/** The name by which dashboards know where figures come from. */
const SOURCE = 'prometheus';

/**
 * Nobody logs in: whoever comes has been let through by Identity-Aware Proxy, whose signed word for it is checked, and looks, and changes nothing. So
 * it keeps no password, and nothing that is lost with its pod.
 */
export function settings(host: string): string {
  return ini({
    server: { root_url: `https://${host}/`, http_port: '3000' },
    paths: { data: '/var/lib/grafana', provisioning: places.provisioning },
    'auth.jwt': {
      enabled: 'true',
      header_name: 'X-Goog-IAP-JWT-Assertion',
      jwk_set_url: 'https://www.gstatic.com/iap/verify/public_key-jwk',
      cache_ttl: '60m',
      expect_claims: '{"iss": "https://cloud.google.com/iap"}',
      email_claim: 'email',
      username_claim: 'email',
      auto_sign_up: 'true',
    },
    auth: { disable_login_form: 'true' },
    'auth.basic': { enabled: 'false' },
    'auth.anonymous': { enabled: 'false' },
    users: { auto_assign_org_role: 'Viewer', allow_sign_up: 'false' },
    security: {
      disable_initial_admin_creation: 'true',
      cookie_secure: 'true',
      strict_transport_security: 'true',
      disable_gravatar: 'true',
    },
    // Alerts are those of Prometheus, which are tested; Alertmanager tells of them.
    unified_alerting: { enabled: 'false' },
    plugins: { plugin_admin_enabled: 'false', preinstall_disabled: 'true' },
    snapshots: { external_enabled: 'false' },
    analytics: { reporting_enabled: 'false', check_for_updates: 'false', check_for_plugin_updates: 'false' },
    log: { mode: 'console' },
    'log.console': { format: 'json' },
  });
}

/** Managed Prometheus, through who asks it in our name and renews the token: Grafana has none. */
export function dataSources(url: string): string {
  const jsonData = { httpMethod: 'GET', prometheusType: 'Prometheus', timeInterval: '15s' };
  const source = {
    name: 'Prometheus',
    uid: SOURCE,
    type: 'prometheus',
    access: 'proxy',
    url,
    isDefault: true,
    editable: false,
    jsonData,
  };
  return stringify({ apiVersion: 1, prune: true, datasources: [source] });
}

/** That dashboards are read from files, and cannot be changed by hand. */
export function dashboardProviders(): string {
  const options = { path: places.dashboards };
  const provider = {
    name: 'files',
    type: 'file',
    folder: 'Heliograph',
    allowUiUpdates: false,
    disableDeletion: true,
    updateIntervalSeconds: 60,
    options,
  };
  return stringify({ apiVersion: 1, providers: [provider] });
}

function ini(sections: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const lines = Object.entries(sections).map(([section, values]) =>
    [`[${section}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`)].join('\n'),
  );
  return `${lines.join('\n\n')}\n`;
}
