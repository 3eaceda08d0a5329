import { run } from '../../../alerts/testing/program.ts';
import type { MarketIncident } from '../incident.ts';

export const redisIncidents: readonly MarketIncident[] = [
  {
    name: 'Redis stopped',
    what: 'redis-cli shutdown',
    day: 'whole',
    when: 'in session',
    fires: ['RedisDown'],
    minutes: 5,
    inject: async ({ service }) => {
      await run('redis-cli', ['-p', service.env['REDIS_PORT'] ?? '', 'shutdown', 'nosave'], '.');
    },
    drill: 'RedisDown',
  },
];
