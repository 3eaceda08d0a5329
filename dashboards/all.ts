import type { Board } from './board.ts';
import { api } from './boards/api.ts';
import { business } from './boards/business.ts';
import { database } from './boards/database.ts';
import { kubernetes } from './boards/kubernetes.ts';
import { marketData } from './boards/market-data.ts';
import { models } from './boards/models.ts';
import { recovery } from './boards/recovery.ts';
import { signals } from './boards/signals.ts';
import { slos } from './boards/slos.ts';
import { start } from './boards/start.ts';
import { telemetry } from './boards/telemetry.ts';

/** Every dashboard, in the order in which somebody on call reads them. */
export const boards: readonly Board[] = [
  start,
  api,
  signals,
  marketData,
  models,
  database,
  kubernetes,
  slos,
  recovery,
  business,
  telemetry,
];
