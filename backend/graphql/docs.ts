import { join } from 'node:path';
import { run } from '../operations/docs.ts';
import { createSchema, schemaText } from './schema.ts';

/** The command `npm run docs`: all that is written from the code. Nothing is resolved, so no resolver is made. */
const schema = schemaText(createSchema({ get: () => undefined }));
const root = join(import.meta.dirname, '../..');
process.exitCode = await run(process.argv.slice(2), root, { 'schema.graphql': schema }, (line) => {
  process.stdout.write(`${line}\n`);
});
