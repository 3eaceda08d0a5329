/** What keeps something from happening: a rule, a test by its file and title, a check of level 1; or why nothing here can. */
export type Guard =
  | { readonly rule: string }
  | { readonly test: string; readonly says: string }
  | { readonly nothing: string };

export type Guarded = {
  readonly what: string;
  /** Threads and pages where it happened to somebody. */
  readonly source: string;
  readonly guards: readonly Guard[];
};

export const rule = (name: string): Guard => ({ rule: name });
export const test = (file: string, says: string): Guard => ({ test: file, says });
export const nothing = (why: string): Guard => ({ nothing: why });

const stacks = 'infra/testing/stacks.test.ts';
const parse = 'infra/config/parse.test.ts';
const level1 = 'infra/testing/kubernetes/run.ts';
const guard = 'infra/testing/policy/replace-guard.test.ts';
const crashes = 'infra/testing/level2/crashes.ts';

const replaceGuard = test(guard, 'a preview that replaces or deletes a %s is refused');
const ownProviders = test(stacks, 'every provider is its own');
const asksNothing = test(stacks, 'asks for nothing that exists');

/** What went wrong for others with these resources, and what keeps it from going wrong here. */
export const pitfalls: readonly Guarded[] = [
  {
    what: 'A cluster is made anew in every run, because what it says of its default pool drifts',
    source: 'pulumi-gcp#744, terraform-provider-google#1712, gruntwork gke#59, CFF#1126, agones#3612',
    guards: [rule('cluster-without-inline-pools'), rule('cluster-default-pool-is-not-compared'), replaceGuard],
  },
  {
    what: 'The settings of kubelets differ in every preview',
    source: 'terraform-google-kubernetes-engine#2515, #2562',
    guards: [rule('cluster-read-only-port-is-said'), rule('pool-closes-the-read-only-port')],
  },
  {
    what: 'Another initial count of nodes replaces a pool; a count fights with the autoscaler',
    source: 'pulumi-gcp#412, provider-gcp#516, terraform-provider-google#7870',
    guards: [rule('pool-counts-are-the-autoscalers')],
  },
  {
    what: 'The default pool can neither be scaled nor renamed',
    source: 'pulumi#2054, #12257',
    guards: [rule('cluster-without-inline-pools'), rule('pool-without-a-name')],
  },
  {
    what: 'What is protected must be unlocked by an up of its own before it can be destroyed',
    source: 'pulumi-gcp#1394, #1253, #1688, pulumi#14754',
    guards: [
      rule('database-locked-twice'),
      rule('cluster-locked-twice'),
      test(stacks, 'cannot be deleted or replaced in %s'),
      test(stacks, 'can be once its operator has unlocked it'),
    ],
  },
  {
    what: 'A database is made anew by a change that looked harmless',
    source: 'pulumi-gcp#65, terraform-provider-google#2964, #10107, #2761, #2902',
    guards: [replaceGuard, rule('data-is-locked-altogether')],
  },
  {
    what: 'Edition, tier and retention that do not go together are refused by the API alone',
    source: 'langfuse-gcp#8, #34, magic-modules#18014, #15107, terraform-google-sql-db#785',
    guards: [
      rule('database-edition-is-said'),
      rule('database-tier-fits-edition'),
      rule('database-log-days-fit-edition'),
      rule('database-backups-outlast-log'),
      test(parse, 'what cannot be is refused'),
    ],
  },
  {
    what: 'Pooling that is off and connections that made themselves differ in every preview',
    source: 'terraform-provider-google#27133, terraform-google-sql-db#858, #859',
    guards: [rule('database-pooling-only-when-on'), rule('database-private-connection-declared')],
  },
  {
    what: 'A disk that grew by itself costs the instance',
    source: 'type documentation of DatabaseInstance',
    guards: [rule('database-disk-is-not-compared')],
  },
  {
    what: 'After a switchover the program wants to make the old roles anew',
    source: 'terraform-google-sql-db#729, config-connector#12759, terraform-provider-google#1773',
    guards: [test(stacks, 'a switchover changes resources and makes none anew'), replaceGuard],
  },
  {
    what: 'A peering refuses to go for days after the last database',
    source: 'pulumi-gcp#3354, terraform-provider-google#16275, #19908, opstrace#1326, magic-modules#18476',
    guards: [rule('network-without-peering')],
  },
  {
    what: 'A peering is made anew when its key is renamed',
    source: 'CFF#2535',
    guards: [rule('network-without-peering'), replaceGuard],
  },
  {
    what: 'A new major version of a provider breaks the state',
    source: 'pulumi-gcp#3432, #3883, #2673, #394, pulumi-go-provider#288',
    guards: [
      replaceGuard,
      nothing(
        'That a state of an older version is read needs the provider itself, which npm does not have: versions are pinned exactly, and a new one is taken by a preview with refresh through the guard.',
      ),
    ],
  },
  {
    what: 'The next major version changes defaults',
    source: 'pulumi-gcp#3943, #3944',
    guards: [test(stacks, 'production is what was reviewed'), rule('secret-values-stay-out')],
  },
  {
    what: 'An interface is not on, or not yet on everywhere',
    source: 'pulumi-gcp#425, #675, #120, #685, #432, terraform-provider-google#12300, #4592',
    guards: [
      rule('service-outlives-the-stack'),
      asksNothing,
      nothing('That Google itself is not yet consistent shows only there: `up` again goes on where it stopped.'),
    ],
  },
  {
    what: 'A binding takes a role from everybody else',
    source: 'pulumi#13799, kubernetes-guides#49, terraform-provider-google#28785',
    guards: [rule('grants-are-added'), test(stacks, 'grants are added to what others granted')],
  },
  {
    what: 'A cluster that cannot be reached blocks a destroy, or loses resources from the state',
    source: 'pulumi-kubernetes#1013, #1379, #881, #950, #2033, #2463, #2489, #2037',
    guards: [
      rule('object-goes-with-its-cluster'),
      rule('pool-goes-with-its-cluster'),
      test(stacks, 'what is inside another goes with it'),
    ],
  },
  {
    what: 'Another kubeconfig replaces the provider, and with it every object',
    source: 'pulumi#4996',
    guards: [rule('cluster-keeps-its-identity'), rule('cluster-without-a-token')],
  },
  {
    what: 'The plugin that signs in to the cluster is missing',
    source: 'docker-containers#123, pulumi-kubernetes#3369, hugo#3751, runner-images#6778',
    guards: [
      test('infra/preflight/findings.test.ts', 'names all that a new machine lacks at once, each with what to do'),
    ],
  },
  {
    what: 'Objects go into whatever cluster the machine was last signed in to',
    source: 'pulumi-kubernetes#2376, #3518',
    guards: [rule('provider-is-said'), ownProviders],
  },
  {
    what: 'A service and its Deployment wait for each other, or a failed roll-out counts as done',
    source: 'pulumi-kubernetes#481, #1242, #799, #179, #1236, #712, #1421, #2824',
    guards: [
      rule('service-after-its-pods'),
      rule('object-is-waited-for'),
      test(level1, 'a roll-out that fails takes nothing away'),
    ],
  },
  {
    what: 'A ConfigMap that changes is replaced, and takes what depends on it along',
    source: 'pulumi-kubernetes#1567, #1568, #1772, #3179, #2262, #1140, pulumi#2167',
    guards: [rule('data-changes-in-place'), rule('object-has-a-name')],
  },
  {
    what: 'A secret is in plain sight in the state',
    source: 'pulumi-kubernetes#734, #1353, #915, #2300, #698, pulumi#14298',
    guards: [
      rule('secret-values-stay-out'),
      rule('secret-in-no-variable'),
      rule('database-users-are-identities'),
      test(stacks, 'holds no secret and nothing that was left undefined'),
      test('infra/testing/canaries.test.ts', 'no resource, option, output or message has one of them'),
    ],
  },
  {
    what: 'Definitions of kinds are not there at the first preview or the first up',
    source: 'pulumi-kubernetes#1712, #1144, #1444, #3137, #3247, pulumi#16821',
    guards: [rule('no-charts'), asksNothing],
  },
  {
    what: 'The SDK has no types for the Gateway API',
    source: 'pulumi-kubernetes#2854, #4057',
    guards: [
      test(level1, 'objects are admitted'),
      test('infra/testing/kubernetes/refused.ts', 'a route to a service without a port'),
    ],
  },
  {
    what: 'Charts and files of manifests break a preview whose cluster does not exist yet',
    source: 'pulumi-kubernetes#3027, #2038, pulumi#10281, native#950',
    guards: [rule('no-charts'), test(stacks, 'every input that a preview has, the run has too')],
  },
  {
    what: 'Two owners of one field refuse each other',
    source: 'pulumi-kubernetes#2352, #2355, #2011',
    guards: [rule('scaler-alone-counts'), rule('object-is-waited-for'), test(level1, 'the same again changes nothing')],
  },
  {
    what: 'A lock of the state is left behind by what crashed',
    source: 'pulumi#8973, #9148, #9033, #3600, #4939',
    guards: [
      test(crashes, 'made, killed after every '),
      test('infra/state/adopt.test.ts', 'takes for made, by its id, what was begun to be made'),
      nothing('A lock in the bucket itself needs Google: what is killed here keeps its state in files.'),
    ],
  },
  {
    what: 'Looking for drift writes what it finds into the state',
    source: 'pulumi#10967, #2247, #20798, #12740, pulumi-terraform-bridge#3036',
    guards: [nothing('It is a command that somebody gives: infra/README.md names the one that only looks.')],
  },
  {
    what: 'The compiler takes more memory and time than the program',
    source: 'pulumi#11558, TypeScript#50809',
    guards: [
      test('Pulumi.yaml', 'typescript: false'),
      test('infra/testing/verify/run.ts', 'a preview of production: '),
    ],
  },
  {
    what: 'What authenticates to the cache is an output, and was set as an input',
    source: 'config-connector#392',
    guards: [
      rule('cache-authenticates-and-encrypts'),
      test(stacks, 'holds no secret and nothing that was left undefined'),
    ],
  },
  {
    what: 'The client of the cache knows no identities that end after an hour',
    source: 'ioredis#1738, #2170, glide#3455, #5349, #5157, hive#7780',
    guards: [
      rule('cache-one-shard'),
      test(
        'backend/platform/cache/redis-proof.test.ts',
        'keeps a connection whose token has ended, and takes a new one',
      ),
      test('backend/platform/google/access-tokens.test.ts', 'a few minutes before it ends'),
    ],
  },
  {
    what: 'Rendered manifests hold secrets in plain sight, and cannot be deleted without their cluster',
    source: 'pulumi-kubernetes#992',
    guards: [
      rule('secret-values-stay-out'),
      test('infra/testing/kubernetes/tally.ts', 'it goes in the opposite order'),
    ],
  },
  {
    what: 'A Go program cannot be installed where its module replaces others',
    source: 'pulumi#8027, pulumictl#87, pulumi#22132, #22806',
    guards: [test('infra/testing/kubernetes/build.ts', '-mod=readonly')],
  },
];
