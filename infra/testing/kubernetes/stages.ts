import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** How a node comes up and a pod starts, becomes ready and ends, as the module sigs.k8s.io/kwok plays it. */
const stages = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/general/pod-create',
  'pod/general/pod-init-container-running',
  'pod/general/pod-init-container-completed',
  'pod/general/pod-ready',
  'pod/general/pod-complete',
  'pod/general/pod-delete',
];

/** A label for pods whose container ends whenever it has started: what a roll-out of a broken image meets. */
export const failing = { 'heliograph.dev/played': 'failing' } as const;

/** What a kubelet says of such a pod: it runs, is started again and again, and is never ready for long. */
const failingStage = {
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name: 'pod-failing' },
  spec: {
    resourceRef: { apiGroup: 'v1', kind: 'Pod' },
    selector: {
      matchLabels: failing,
      matchExpressions: [
        { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
        { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'In', values: ['True'] },
      ],
    },
    delay: { durationMilliseconds: 500 },
    next: {
      statusTemplate: `{{ $now := Now }}
conditions:
{{ range $type := list "Ready" "ContainersReady" }}
- { type: {{ $type }}, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 1
  state: { waiting: { reason: CrashLoopBackOff } }
{{ end }}
`,
    },
  },
};

/** Files for `kwok --config`. Nobody waits a second for what is only played, nor a minute for a process that drains nobody. */
export function stageFiles(kwok: string, folder: string): string[] {
  const own = join(folder, 'pod-failing.json');
  writeFileSync(own, JSON.stringify(failingStage));
  const files = stages.map((stage) => {
    const text = readFileSync(join(kwok, 'kustomize/stage', `${stage}.yaml`), 'utf8');
    const file = join(folder, `${basename(stage)}.yaml`);
    writeFileSync(file, stage.startsWith('pod/') ? hurried(text) : text);
    return file;
  });
  return [...files, own];
}

const hurried = (text: string) =>
  text
    .replaceAll(/urationMilliseconds: \d+/g, 'urationMilliseconds: 200')
    .replace(/\n *jitterDurationFrom:\n *expressionFrom: '\.metadata\.deletionTimestamp'/, '');
