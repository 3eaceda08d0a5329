/** A check of Checkov that does not hold, on purpose, and why. One that nothing breaks any more fails the scan: it has to go. */
export const exceptions: Readonly<Record<string, string>> = {
  CKV_K8S_11:
    'A limit on CPU stops a process that has room on its node: signals would be late for nothing. What it asks for is its own.',
  CKV_K8S_35:
    'The service reads its settings from variables, each filled from a Secret; there is no shell in the image to print them.',
  CKV_K8S_40: 'The image has one user, 1001. Nodes run nothing else, and a container gets no files of its node.',
  CKV_K8S_38: 'KEDA speaks to Kubernetes, which is what it is for; nothing else gets a token.',
  CKV_K8S_49: 'What a figure of others is called nobody knows before, and it can only be read: rule role-is-narrow.',
  CKV2_K8S_5:
    'It may read figures of others, in a group of the API that has no secrets; the check looks at the star alone.',
  CKV2_GCP_13: 'Query Insights has the durations, without a line in the log for each statement.',
  CKV2_GCP_18: 'The firewall is a network firewall policy, which the check does not know: rule firewall-ends-with-no.',
  CKV_GCP_108:
    'Everybody comes through the proxy: a name looked up for each connection would be the name of a load balancer.',
  CKV_GCP_109: 'log_min_messages is WARNING unless told otherwise, which is lower than ERROR.',
  CKV_GCP_111: 'pgaudit logs what changes the schema and the roles; log_statement would say it twice.',
  CKV_GCP_12: 'Dataplane V2 enforces network policies, and refuses the add-on: rule cluster-enforces-network-policies.',
  CKV_GCP_125:
    'The condition names repository and branch, in another form than the check knows: rule federation-names-a-repository.',
  CKV_GCP_20:
    'The control plane has no address: it is reached by its DNS name and IAM: rule cluster-control-plane-by-name.',
  CKV_GCP_21: 'Labels are set by the provider on everything that it makes.',
  CKV_GCP_26:
    'No machine is in the subnet of endpoints; flows are logged where they come from: rule subnet-nodes-are-logged.',
  CKV_GCP_61: 'Autopilot has intranode visibility, and refuses to be told.',
  CKV_GCP_62:
    'Usage logs name nobody. Who read or changed an object is in the audit log, by the audit configuration of storage, which the check does not know.',
  CKV_GCP_65: 'Nobody gets a right inside the cluster as a member of a group: people are let in by IAM.',
  CKV_GCP_66: 'Where nothing is locked images need not be signed: rule cluster-signed-images-where-locked.',
  CKV_GCP_69: 'It is said for each node pool: rule pool-hides-its-account; Autopilot always has it.',
  CKV_GCP_73:
    'The rule cve-canary is there, with its sensitivity, in which form the check does not look: rule armor-has-the-known-attacks.',
  CKV_GCP_78:
    'Where nothing can be overwritten or taken away for thirty days there are no versions to keep: rule bucket-versions-or-retention.',
  CKV_GCP_83: 'Where there are no keys of our own Google encrypts with its own: rule data-own-keys-altogether.',
  CKV_GCP_84: 'As CKV_GCP_83.',
};
