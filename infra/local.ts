import { quotaOf, roomFor } from './arithmetic/quota.ts';
import type { Config } from './config/config.ts';
import { localImages } from './config/images.ts';
import { environmentOf } from './kubernetes/environment.ts';
import { Namespace } from './kubernetes/namespace.ts';
import { Priorities } from './kubernetes/priorities.ts';
import { localProvider } from './kubernetes/provider.ts';
import { deployedIn, workloadsOf } from './kubernetes/roles.ts';
import { Cache } from './kubernetes/stores/cache.ts';
import { Database } from './kubernetes/stores/database.ts';
import { localEnvironments } from './kubernetes/stores/environments.ts';
import { localPolicies } from './kubernetes/stores/policies.ts';
import { podSizes } from './kubernetes/stores/store.ts';
import { TaskJob } from './kubernetes/task-job.ts';
import { Workload } from './kubernetes/workload.ts';
import { namespaces } from './names.ts';
import { localSteps } from './next-steps.ts';

/** A stack on a Kubernetes that is there, with a database and a cache of its own, and nothing of Google. */
export function local(config: Config) {
  const { image, images, sizes } = config;
  const options = { providers: [localProvider(config)] };
  const cluster = undefined;
  const [service, stores] = [quotaOf(workloadsOf(config)), roomFor(podSizes)];
  const most = {
    pods: service.pods + stores.pods,
    cpu: service.cpu + stores.cpu,
    memory: service.memory + stores.memory,
  };
  const namespace = new Namespace(
    'namespace',
    { namespace: namespaces.service, most, policies: localPolicies(config), cluster },
    options,
  );
  const priorities = new Priorities('priorities', { cluster }, options);
  const inside = { ...options, dependsOn: [namespace, priorities] };
  const next = localSteps(config);
  if (image === undefined || images.postgres === undefined || images.valkey === undefined) return { next };

  const { connections, disk } = sizes.database;
  const environments = localEnvironments(config);
  const database = new Database(
    'database',
    {
      image: `${localImages.postgres.path}@${images.postgres}`,
      keeper: { image, environment: environments.keeper },
      ...{ connections, disk },
    },
    inside,
  );
  const cache = new Cache('cache', { image: `${localImages.valkey.path}@${images.valkey}` }, inside);
  const common = { image, proxy: undefined, googleAccount: undefined, pools: false, cluster };
  const preparation = new TaskJob(
    'preparation',
    { ...common, task: 'prepare-database', account: 'prepare', environment: environments.preparation },
    { ...options, dependsOn: database },
  );
  const migration = new TaskJob(
    'migration',
    { ...common, task: 'migrate', account: 'migrate', environment: environments.migration },
    { ...options, dependsOn: preparation },
  );
  for (const role of deployedIn(config)) {
    const environment = environmentOf(role, config, environments.place);
    new Workload(
      role,
      { ...common, role, size: sizes.workloads[role], figures: undefined, environment },
      { ...options, dependsOn: [migration, cache] },
    );
  }
  return { next };
}
