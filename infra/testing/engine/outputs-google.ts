import { isObject, type Json, type JsonObject } from './values.ts';

type Known = { readonly id?: string; readonly outputs?: JsonObject };

/** The project that examples are in. */
const PROJECT = 'acme-signals';

/** Who has signed for the cache: whoever held its key threw it away. */
export const authority = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBLjCB1qADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2FuIGluc3Rh',
  'bmNlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMDAwMTAxMDAwMDAwWjAWMRQwEgYDVQQD',
  'DAthbiBpbnN0YW5jZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIm9vrMWBZ1r',
  'yR0cAfzQYkyPNXbTcrdLWh7Mb5OCqUyEAW9TEOuo5613+lWehntOaxQVAxz8m2qh',
  '67AmbLgM68SjEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg',
  'WHlvRHRMHLPn0d3aSDdXxsBSThs/6spmScX7Gci/PZwCIBf/1wBhSJlvHnDUftZF',
  '3TeN+osIWhtCYS7ULViSZCoy',
  '-----END CERTIFICATE-----',
].join('\n');

/** By type: what Google Cloud answers beyond the inputs. Only outputs that the program uses, in the form that the reference gives. */
export const google: Readonly<Record<string, (inputs: JsonObject, logicalName: string) => Known>> = {
  'gcp:projects/serviceIdentity:ServiceIdentity': (inputs) => {
    const email = `service-123456789012@gcp-sa-${read(inputs, 'service').split('.')[0]}.iam.gserviceaccount.com`;
    return { outputs: { email, member: `serviceAccount:${email}` } };
  },
  'gcp:projects/iAMCustomRole:IAMCustomRole': (inputs) => {
    const name = `projects/${PROJECT}/roles/${read(inputs, 'roleId')}`;
    return { id: name, outputs: { name } };
  },
  'gcp:serviceaccount/account:Account': (inputs) => {
    const email = `${read(inputs, 'accountId')}@${PROJECT}.iam.gserviceaccount.com`;
    const name = `projects/${PROJECT}/serviceAccounts/${email}`;
    return { id: name, outputs: { email, name, member: `serviceAccount:${email}` } };
  },
  'gcp:compute/network:Network': globally('networks'),
  'gcp:compute/subnetwork:Subnetwork': regionally('subnetworks'),
  'gcp:compute/router:Router': regionally('routers'),
  'gcp:compute/address:Address': (inputs, logicalName) => ({
    id: `projects/${PROJECT}/regions/${read(inputs, 'region')}/addresses/${read(inputs, 'name')}`,
    outputs: {
      selfLink: `https://www.googleapis.com/compute/v1/projects/${PROJECT}/regions/${read(inputs, 'region')}/addresses/${read(inputs, 'name')}`,
      // One of the addresses that are for documentation.
      address: `192.0.2.${[...logicalName].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 251, 1)}`,
    },
  }),
  'gcp:kms/keyRing:KeyRing': (inputs) => ({
    id: `projects/${PROJECT}/locations/${read(inputs, 'location')}/keyRings/${read(inputs, 'name')}`,
  }),
  'gcp:kms/cryptoKey:CryptoKey': (inputs) => ({ id: `${read(inputs, 'keyRing')}/cryptoKeys/${read(inputs, 'name')}` }),
  'gcp:container/cluster:Cluster': (inputs) => ({
    id: `projects/${PROJECT}/locations/${read(inputs, 'location')}/clusters/${read(inputs, 'name')}`,
    outputs: {
      controlPlaneEndpointsConfig: deep(inputs['controlPlaneEndpointsConfig'], {
        dnsEndpointConfig: { endpoint: `gke-0123456789abcdef-123456789012.${read(inputs, 'location')}.gke.goog` },
      }),
    },
  }),
  'gcp:sql/databaseInstance:DatabaseInstance': (inputs) => ({
    id: read(inputs, 'name'),
    outputs: { connectionName: `${PROJECT}:${read(inputs, 'region')}:${read(inputs, 'name')}` },
  }),
  'gcp:memorystore/instance:Instance': (inputs) => ({
    id: `projects/${PROJECT}/locations/${read(inputs, 'location')}/instances/${read(inputs, 'instanceId')}`,
    outputs: {
      endpoints: [
        {
          connections: [
            { pscAutoConnection: { connectionType: 'CONNECTION_TYPE_READER', ipAddress: '10.0.2.9', port: 6379 } },
          ],
        },
        {
          connections: [
            { pscAutoConnection: { connectionType: 'CONNECTION_TYPE_PRIMARY', ipAddress: '10.0.2.8', port: 6379 } },
          ],
        },
      ],
      managedServerCas: [{ caCerts: [{ certificates: [authority] }] }],
    },
  }),
  'gcp:artifactregistry/repository:Repository': (inputs) => ({
    id: `projects/${PROJECT}/locations/${read(inputs, 'location')}/repositories/${read(inputs, 'repositoryId')}`,
  }),
  'gcp:secretmanager/secret:Secret': (inputs) => ({ id: `projects/${PROJECT}/secrets/${read(inputs, 'secretId')}` }),
  'gcp:dns/managedZone:ManagedZone': () => ({
    outputs: { nameServers: [1, 2, 3, 4].map((n) => `ns-cloud-a${n}.googledomains.com.`) },
  }),
  'gcp:compute/globalAddress:GlobalAddress': () => ({ outputs: { address: '198.51.100.7' } }),
  'gcp:certificatemanager/dnsAuthorization:DnsAuthorization': (inputs) => ({
    id: `projects/${PROJECT}/locations/global/dnsAuthorizations/${read(inputs, 'name')}`,
    outputs: {
      dnsResourceRecords: [
        {
          name: `_acme-challenge.${read(inputs, 'domain')}.`,
          type: 'CNAME',
          data: '0123abcd.1.authorize.certificatemanager.goog.',
        },
      ],
    },
  }),
  'gcp:certificatemanager/certificate:Certificate': (inputs) => ({
    id: `projects/${PROJECT}/locations/global/certificates/${read(inputs, 'name')}`,
  }),
  'gcp:iam/workloadIdentityPool:WorkloadIdentityPool': (inputs) => ({
    outputs: {
      name: `projects/123456789012/locations/global/workloadIdentityPools/${read(inputs, 'workloadIdentityPoolId')}`,
    },
  }),
  'gcp:monitoring/notificationChannel:NotificationChannel': (_inputs, logicalName) => ({
    id: `projects/${PROJECT}/notificationChannels/${logicalName}`,
  }),
  'gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig': (_inputs, logicalName) => ({
    id: `projects/${PROJECT}/uptimeCheckConfigs/${logicalName}`,
    outputs: { uptimeCheckId: logicalName },
  }),
  'gcp:gkebackup/backupPlan:BackupPlan': (inputs) => ({
    id: `projects/${PROJECT}/locations/${read(inputs, 'location')}/backupPlans/${read(inputs, 'name')}`,
  }),
  'gcp:pubsub/topic:Topic': (inputs) => ({ id: `projects/${PROJECT}/topics/${read(inputs, 'name')}` }),
};

function globally(collection: string) {
  return (inputs: JsonObject): Known => ({ id: `projects/${PROJECT}/global/${collection}/${read(inputs, 'name')}` });
}

function regionally(collection: string) {
  return (inputs: JsonObject): Known => ({
    id: `projects/${PROJECT}/regions/${read(inputs, 'region')}/${collection}/${read(inputs, 'name')}`,
  });
}

function read(inputs: JsonObject, name: string): string {
  const value = inputs[name];
  if (typeof value !== 'string') throw new Error(`No ${name} among ${Object.keys(inputs).join(', ')}`);
  return value;
}

/** An object with another laid over it, at every depth. */
function deep(base: Json | undefined, over: JsonObject): JsonObject {
  const start = base !== undefined && isObject(base) ? base : {};
  const changed = Object.entries(over).map(([key, value]) => [key, isObject(value) ? deep(start[key], value) : value]);
  return { ...start, ...Object.fromEntries(changed) };
}
