// @ts-check

/** @import { Finding, Machine } from './findings.d.mts' */

const PULUMI = [3, 260, 0];
const NODE = [24, 0, 0];
/** The stack that is begun with: what its file lacks is told before it is there. */
export const FIRST = 'dev';
const needed = ['project', 'region', 'domain'];

/** All that is missing, each with what to do about it. @type {(machine: Machine) => Finding[]} */
export function findings(machine) {
  return [
    !machine.packages && { what: 'the packages of this repository', fix: 'npm ci' },
    machine.packages &&
      !runsProgram(machine) && {
        what: `Node ${NODE[0]}: this one is ${machine.node}, and the packages brought none`,
        fix: 'install Node 24',
      },
    ...pulumi(machine),
    ...(onGoogle(machine) ? google(machine) : []),
    ...configuration(machine),
  ].filter((finding) => finding !== false);
}

/** A stack of profile local is on a Kubernetes that is there. @type {(machine: Machine) => boolean} */
const onGoogle = ({ stackFile }) => stackFile === null || !/^\s+heliograph:profile:\s*local\s*$/m.test(stackFile);

/** @type {(machine: Machine) => (Finding | false)[]} */
function google(machine) {
  return [
    machine.gcloud === null && { what: 'gcloud', fix: 'https://cloud.google.com/sdk/docs/install' },
    machine.plugin === null && {
      what: 'gke-gcloud-auth-plugin, without which nothing in the cluster can be reached',
      fix: 'gcloud components install gke-gcloud-auth-plugin',
    },
    !machine.credentials && {
      what: 'credentials of Google Cloud for programs',
      fix: 'gcloud auth application-default login',
    },
  ];
}

/** @type {(machine: Machine) => boolean} */
const runsProgram = ({ node, nodeOfPackages }) =>
  atLeast(node, NODE) || (nodeOfPackages !== null && atLeast(nodeOfPackages, NODE));

/** @type {(machine: Machine) => (Finding | false)[]} */
function pulumi({ pulumi: version, login }) {
  const fix = 'https://www.pulumi.com/docs/iac/download-install/';
  return [
    version === null
      ? { what: 'pulumi', fix }
      : !atLeast(version, PULUMI) && { what: `pulumi ${PULUMI.join('.')} or later: this one is ${version}`, fix },
    login === null && { what: 'a place for the state', fix: 'pulumi login gs://BUCKET' },
  ];
}

/** @type {(machine: Machine) => (Finding | false)[]} */
function configuration(machine) {
  const { stack, stackFile } = machine;
  const name = stack ?? FIRST;
  return [
    stack === null && { what: 'a stack', fix: `pulumi stack init ${FIRST}` },
    stackFile === null && {
      what: `Pulumi.${name}.yaml`,
      fix: `cp Pulumi.dev.yaml Pulumi.${name}.yaml, and fill it in`,
    },
    ...(stackFile === null || !onGoogle(machine) ? [] : needed).map(
      (key) =>
        !new RegExp(`^\\s+heliograph:${key}:\\s*\\S`, 'm').test(stackFile ?? '') && {
          what: `heliograph:${key} in Pulumi.${name}.yaml`,
          fix: `pulumi config set ${key} VALUE`,
        },
    ),
  ];
}

/** @type {(version: string, least: readonly number[]) => boolean} */
function atLeast(version, least) {
  const parts = version.replace(/^v/, '').split(/[.-]/).map(Number);
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
