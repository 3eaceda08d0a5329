import type { Benchmark } from '../benchmark.ts';
import { burst } from './burst.ts';
import { cold } from './cold.ts';
import { connect } from './connect.ts';
import { fanouts } from './fanout.ts';
import { features } from './features.ts';
import { filters } from './filters.ts';
import { hop } from './hop.ts';
import { hot } from './hot.ts';
import { idle } from './idle.ts';
import { ingest } from './ingest.ts';
import { minutes } from './minutes.ts';
import { resume } from './resume.ts';
import { start, startMemory } from './start.ts';

export const benchmarks: readonly Benchmark[] = [
  ...[...fanouts, burst, ...filters, idle, connect],
  ...[hot, cold, ingest, features, start, startMemory, resume, minutes, hop],
];
