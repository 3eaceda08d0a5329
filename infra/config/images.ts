/** Where images of others come from: each by a copy of our own, out of which alone nodes pull. */
export const upstreams = {
  'docker-hub': 'https://registry-1.docker.io',
  gcr: 'https://gcr.io',
  ghcr: 'https://ghcr.io',
  gke: 'https://gke.gcr.io',
  quay: 'https://quay.io',
} as const;

export type Upstream = keyof typeof upstreams;

type Foreign = { readonly upstream: Upstream; readonly path: string; readonly tag: string; readonly what: string };

/** What runs beside ours and is not ours. The tag is what is pulled once; what runs is named by the digest that came of it. */
export const foreignImages = {
  alertmanager: {
    upstream: 'quay',
    path: 'prometheus/alertmanager',
    tag: 'v0.31.1',
    what: 'tells people of alerts',
  },
  frontend: {
    upstream: 'gke',
    path: 'prometheus-engine/frontend',
    tag: 'v0.15.3-gke.0',
    what: 'asks Managed Prometheus in the name of who may not',
  },
  keda: { upstream: 'ghcr', path: 'kedacore/keda', tag: '2.21.0', what: 'scales by more than CPU' },
  kedaMetrics: {
    upstream: 'ghcr',
    path: 'kedacore/keda-metrics-apiserver',
    tag: '2.21.0',
    what: 'answers what scalers ask of KEDA',
  },
  grafana: { upstream: 'docker-hub', path: 'grafana/grafana', tag: '13.2.3', what: 'shows the dashboards' },
} as const satisfies Record<string, Foreign>;

export type ForeignImage = keyof typeof foreignImages;

/** What a stack without Google has instead of Cloud SQL and Memorystore. */
export const localImages = {
  postgres: { path: 'docker.io/library/postgres', tag: '18.1', what: 'the database' },
  valkey: { path: 'docker.io/valkey/valkey', tag: '9.0', what: 'wake-ups and cache' },
} as const;

export type LocalImage = keyof typeof localImages;

/** By the name of the image its digest, sha256:...; one that is not here is not run. */
export type Digests = { readonly [Name in ForeignImage | LocalImage]?: string | undefined };

/** How a node names an image: in our copy of its registry, by its digest. */
export function referenceOf(image: ForeignImage, digest: string, copies: Readonly<Record<Upstream, string>>): string {
  const { upstream, path } = foreignImages[image];
  return `${copies[upstream]}/${path}@${digest}`;
}
