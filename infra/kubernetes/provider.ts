import * as k8s from '@pulumi/kubernetes';
import type { Cluster } from '../components/cluster.ts';
import type { Config } from '../config/config.ts';

/** The one provider of what is in the cluster. A new kubeconfig of the same cluster makes nothing anew. */
export function clusterProvider({ cluster, kubeconfig }: Cluster): k8s.Provider {
  const settings = {
    kubeconfig,
    clusterIdentifier: cluster.id,
    enableConfigMapMutable: true,
    enableSecretMutable: true,
  };
  return new k8s.Provider('kubernetes', settings, { deletedWith: cluster });
}

/** That of a Kubernetes which is there already, by a context of the kubeconfig. */
export function localProvider({ context }: Pick<Config, 'context'>): k8s.Provider {
  const chosen = context === undefined ? {} : { context };
  return new k8s.Provider('kubernetes', { ...chosen, enableConfigMapMutable: true, enableSecretMutable: true });
}
