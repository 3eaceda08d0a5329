import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type KubernetesObject, Refused } from './client.ts';

type Claim = KubernetesObject & {
  readonly metadata: KubernetesObject['metadata'] & { readonly uid: string };
  readonly spec: {
    readonly storageClassName: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
  };
  readonly status?: { readonly phase?: string };
};
type Class = KubernetesObject & {
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>>;
};

/** What the scheduler writes onto a claim once it knows where its pod will be. */
const PLACED = 'volume.kubernetes.io/selected-node';

/**
 * Plays the driver of disks: a claim that waits for one gets it, in the zone of the node that the scheduler has chosen, and where the class says regional
 * in one more. A pod can go nowhere else with it.
 */
export function playDisks(client: Client, zones: readonly string[]): AsyncDisposable {
  let done = false;
  const playing = (async () => {
    while (!done) {
      const claims = await client.list<Claim>('/api/v1/persistentvolumeclaims');
      for (const claim of claims) await provide(client, claim, zones);
      await sleep(300);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      done = true;
      await playing;
    },
  };
}

async function provide(client: Client, claim: Claim, zones: readonly string[]): Promise<void> {
  const chosen = claim.metadata.annotations?.[PLACED];
  if (claim.status?.phase !== 'Pending' || chosen === undefined) return;
  const { storageClassName, accessModes, resources } = claim.spec;
  const { metadata } = await client.get<KubernetesObject>(`/api/v1/nodes/${chosen}`);
  const { provisioner, parameters } = await client.get<Class>(
    `/apis/storage.k8s.io/v1/storageclasses/${storageClassName}`,
  );
  const zone = metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
  const other = zones[(zones.indexOf(zone) + 1) % zones.length] ?? '';
  const values = parameters?.['replication-type'] === 'regional-pd' ? [zone, other] : [zone];
  const name = `pvc-${claim.metadata.uid}`;
  const terms = [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values }] }];
  const spec = {
    capacity: { storage: resources.requests.storage },
    accessModes,
    persistentVolumeReclaimPolicy: 'Delete',
    storageClassName,
    csi: { driver: provisioner, volumeHandle: name },
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...identityOf(claim) },
    nodeAffinity: { required: { nodeSelectorTerms: terms } },
  };
  const body = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec };
  try {
    await client.send('/api/v1/persistentvolumes', { method: 'POST', body });
  } catch (error) {
    // It was made a moment ago, and is not bound yet.
    if (!(error instanceof Refused && error.status === 409)) throw error;
  }
}

function identityOf({ metadata: { name, namespace, uid } }: Claim) {
  return { name, namespace, uid };
}
