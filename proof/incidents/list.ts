import { databaseIncidents } from './faults/database.ts';
import { deliveryIncidents } from './faults/delivery.ts';
import { deployIncidents } from './faults/deploy.ts';
import { diskIncidents } from './faults/disk.ts';
import { feedIncidents } from './faults/feed.ts';
import { jobIncidents } from './faults/jobs.ts';
import { pastIncidents } from './faults/past.ts';
import { redisIncidents } from './faults/redis.ts';
import type { MarketIncident } from './incident.ts';

/** In the order in which they happen. */
export const marketIncidents: readonly MarketIncident[] = [
  ...databaseIncidents,
  ...redisIncidents,
  ...feedIncidents,
  ...deliveryIncidents,
  ...jobIncidents,
  ...diskIncidents,
  ...deployIncidents,
];

export const names: readonly string[] = [...marketIncidents, ...pastIncidents].map(({ name }) => name);
