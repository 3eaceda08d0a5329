import { cacheHitRatio } from '../../alerts/index.ts';
import { divided, increase, max, metric, outside, plus, predicted, quantile, sum } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';

const hits = sum(increase(metric('cacheHits'), '30m'), 'cache');
const misses = sum(increase(metric('cacheMisses'), '30m'), 'cache');

export const database: Board = {
  name: 'database',
  title: 'Database and cache',
  purpose: 'For whoever asks whether PostgreSQL and Redis hold: what they use, how long statements take, what fails.',
  span: '6h',
  variables: [],
  rows: [
    {
      question: 'Is the database there, and how full is it?',
      panels: [
        {
          id: 'state',
          title: 'Database',
          description:
            'Whether Cloud SQL says that an instance is up, of all in the project. The alert is for the one that the service writes to.',
          as: 'states',
          unit: 'state',
          width: 6,
          queries: [query(max(outside('sqlUp'), 'database_id'), ({ database_id }) => database_id)],
          meaning: { 0: { text: 'down', colour: 'red' }, 1: { text: 'up', colour: 'green' } },
        },
        {
          id: 'cpu',
          title: 'Processor and memory',
          description: 'Shares of what it has. The line is for the processor.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(max(outside('sqlCpu'), 'database_id'), 'processor'),
            query(max(outside('sqlMemory'), 'database_id'), 'memory'),
          ],
        },
        {
          id: 'disk',
          title: 'Disk of the database',
          description:
            'How full it is, and how full it will be if it goes on as in the last six hours, and as in the last one.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(max(outside('sqlDisk'), 'database_id'), 'now'),
            query(max(predicted(outside('sqlDisk'), '6h', '1d'), 'database_id'), 'in a day'),
            query(max(predicted(outside('sqlDisk'), '1h', '4h'), 'database_id'), 'in four hours'),
          ],
        },
        {
          id: 'connections',
          title: 'Connections that the database sees',
          description: 'By database, whoever made them.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['DatabaseConnectionsHigh', 'DatabaseConnectionFailures'],
          queries: [query(sum(outside('sqlBackends'), 'database'), ({ database: name }) => name)],
        },
      ],
    },
    {
      question: 'Do statements get through, and how fast?',
      panels: [
        {
          id: 'queries',
          title: 'Duration of statements',
          description:
            'One statement in twenty of each kind takes at least so long; what is promised is a tenth of a second.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DatabaseLatencyBudgetBurnSlow', 'DatabaseCpuHigh'],
          queries: [query(quantile(0.95, metric('queryDuration'), '5m', 'query_type'), ({ query_type }) => query_type)],
        },
        {
          id: 'errors',
          title: 'Statements that failed',
          description:
            'In five minutes, by what failed. The alert is for those of connections, and only where every process has them.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['DatabaseDown'],
          queries: [query(sum(increase(metric('databaseErrors'), '5m'), 'class'), ({ class: kind }) => kind)],
        },
        {
          id: 'pools',
          title: 'Pools in use',
          description: 'The share of the connections that each pool may open, the fullest process of all.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(
              divided(max(metric('poolInUse'), 'instance', 'pool'), max(metric('poolMax'), 'instance', 'pool')),
              ({ instance, pool }) => `${pool} ${instance}`,
            ),
          ],
        },
        {
          id: 'waiting',
          title: 'Callers that wait for a connection',
          description: 'Of each pool, over all processes.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['DatabasePoolSaturated', 'DatabaseConnectionsHigh'],
          queries: [query(sum(metric('poolWaiting'), 'pool'), ({ pool }) => pool)],
        },
      ],
    },
    {
      question: 'Do cache and wake-up work?',
      panels: [
        {
          id: 'redis',
          title: 'Redis',
          description: 'Whether any process reaches it: to give commands, and to hear what is announced.',
          as: 'states',
          unit: 'state',
          width: 6,
          queries: [query(max(metric('redisUp'), 'connection'), ({ connection }) => connection)],
          meaning: { 0: { text: 'away', colour: 'red' }, 1: { text: 'there', colour: 'green' } },
        },
        {
          id: 'redis-memory',
          title: 'Memory and processor of Redis',
          description: 'Shares of what its fullest and its busiest node have. The line is for the memory.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(max(outside('valkeyMemory'), 'instance_id'), 'memory'),
            query(max(outside('valkeyCpu'), 'instance_id'), 'processor'),
          ],
        },
        {
          id: 'redis-commands',
          title: 'Commands of Redis',
          description: 'One command in twenty takes at least so long.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['RedisDown', 'RedisMemoryHigh'],
          queries: [query(quantile(0.95, metric('redisCommandDuration'), '5m', 'command'), ({ command }) => command)],
        },
        {
          id: 'cache',
          title: 'Values that were in the cache',
          description:
            'The shares of what was asked of it in half an hour that it had and had not. The line is for the latter, which costs time and breaks nothing.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(cacheHitRatio, ({ cache }) => `in ${cache}`),
            query(divided(misses, plus(hits, misses)), ({ cache }) => `not in ${cache}`),
          ],
        },
      ],
    },
  ],
};
