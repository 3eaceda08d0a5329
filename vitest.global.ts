import type { TestProject } from 'vitest/node';
import { serveTestServer, type TestServerBroker } from './backend/platform/postgres/testing-server.ts';

let broker: TestServerBroker | null = null;

/** One PostgreSQL for the whole run, started when a test first asks for a database (`createTestDatabase`). */
export async function setup(project: TestProject): Promise<void> {
  const started = await serveTestServer();
  broker = started;
  project.provide('testDatabaseBroker', started.url);
  project.onTestsRerun(() => started.forgetTemplates());
}

export async function teardown(): Promise<void> {
  await broker?.stop();
}
