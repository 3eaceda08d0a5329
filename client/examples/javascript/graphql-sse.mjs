// npm install heliograph-client-0.1.0.tgz graphql graphql-sse
import { createClient } from 'graphql-sse';
import { resumable } from 'heliograph-client/graphql-sse';
import { keepTrying, print, query, url } from './signals.mjs';

const { retryAttempts, retryWait: retry } = keepTrying;
const client = resumable(createClient({ url: url.replace(/^ws/, 'http'), retryAttempts, retry }));

for await (const { data } of client.iterate({ query })) print(data);
