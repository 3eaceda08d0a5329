import { PROJECT, type Request } from './asking.ts';

/** How a rule is broken by raw HTTP: what is there, what is asked and refused, and what makes the same request pass. */
export type Case = {
  readonly given?: readonly Request[];
  /** `$1` in it is the name of what the first of the given requests made. */
  readonly asked: Request;
  readonly says: RegExp;
  /** Requests, or days that have to go by; 'never' where nothing helps. */
  readonly until: readonly Request[] | { readonly days: number } | 'never';
};

export const P = `projects/${PROJECT.id}`;
export const HOME = `${P}/locations/europe-west3`;
export const compute = `compute.googleapis.com/compute/v1/${P}`;
export const dns = `dns.googleapis.com/dns/v1beta2/${P}`;
export const sql = `sqladmin.googleapis.com/sql/v1beta4/${P}/instances`;
export const caches = `memorystore.googleapis.com/v1/${HOME}/instances`;
export const maps = `certificatemanager.googleapis.com/v1/${P}/locations/global/certificateMaps`;
export const monitoring = `monitoring.googleapis.com/v3/${P}`;
export const usage = `serviceusage.googleapis.com/v1/${P}/services`;
export const rings = `cloudkms.googleapis.com/v1/${HOME}/keyRings`;
export const accounts = `iam.googleapis.com/v1/${P}/serviceAccounts`;
export const pools = `iam.googleapis.com/v1/${P}/locations/global/workloadIdentityPools`;
export const buckets = `logging.googleapis.com/v2/${HOME}/buckets`;
export const clusters = `container.googleapis.com/v1/${HOME}/clusters`;
export const peerings = 'servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections';

export const NETWORK = `${P}/global/networks/n`;
const SUBNET = `${P}/regions/europe-west3/subnetworks/s`;
export const network: Request = [`POST ${compute}/global/networks`, { name: 'n' }];
export const subnet: Request = [`POST ${compute}/regions/europe-west3/subnetworks`, { name: 's', network: NETWORK }];
export const cluster: Request = [
  `POST ${clusters}`,
  {
    cluster: {
      ...{ name: 'c', network: NETWORK, subnetwork: SUBNET },
      workloadIdentityConfig: { workloadPool: `${PROJECT.id}.svc.id.goog` },
    },
  },
];
export const peering: Request = [`POST ${peerings}`, { network: NETWORK, reservedPeeringRanges: ['r'] }];
export const record = { name: 'a.example.com.', type: 'A', ttl: 300, rrdatas: ['203.0.113.1'] };
export const policy = { responsePolicyName: 'p', networks: [{ networkUrl: NETWORK }] };

export const database = (settings: object = {}, more: object = {}): Request => [
  `POST ${sql}`,
  {
    ...{ name: 'd', region: 'europe-west3', databaseVersion: 'POSTGRES_18', ...more },
    settings: { edition: 'ENTERPRISE', tier: 'db-custom-2-8192', ...settings },
  },
];
export const cache = (more: object = {}): Request => [
  `POST ${caches}?instanceId=c`,
  { mode: 'CLUSTER_DISABLED', authorizationMode: 'IAM_AUTH', transitEncryptionMode: 'SERVER_AUTHENTICATION', ...more },
];
export const endpoints = [{ connections: [{ pscAutoConnection: { network: NETWORK, projectId: PROJECT.id } }] }];

export const setPolicy = (path: string, role: string, member: string, etag?: string): Request => [
  `POST ${path}:setIamPolicy`,
  { policy: { bindings: [{ role, members: [member] }], ...(etag === undefined ? {} : { etag }) } },
];

export const KEY = `${HOME}/keyRings/r/cryptoKeys/k`;
export const key: readonly Request[] = [
  [`POST ${rings}?keyRingId=r`],
  [`POST ${rings}/r/cryptoKeys?cryptoKeyId=k`, { purpose: 'ENCRYPT_DECRYPT' }],
];

/** Refused until the account of a service may use the key; it exists once it is asked for, where it does not come by itself. */
export function encrypted(asked: Request, domain: string, service?: string): Case {
  const member = `serviceAccount:service-${PROJECT.number}@${domain}.iam.gserviceaccount.com`;
  const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
  const exists: readonly Request[] =
    service === undefined ? [] : [[`POST ${usage}/${service}.googleapis.com:generateServiceIdentity`]];
  const until = [...exists, setPolicy(`${rings}/r/cryptoKeys/k`, role, member)];
  return { given: key, asked, says: /Permission denied on Cloud KMS key/, until };
}

export const stays = (field: string, value: string): Case => ({
  given: [cache()],
  asked: [`PATCH ${caches}/c?updateMask=${field}`, { [field]: value }],
  says: /is immutable/,
  until: 'never',
});
