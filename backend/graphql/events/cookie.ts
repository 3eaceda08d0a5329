import type { IncomingMessage } from 'node:http';
import { credentialsOf } from '../authenticate-http.ts';

/**
 * Holds a credential for the EventSource of a browser, which sends no header that a page could choose. The prefix makes a browser take it from
 * this host alone, and over TLS. Read for streams and for nothing else: whatever else a foreign page can make a browser send is done by nobody.
 */
const COOKIE = '__Host-heliograph';

/** What a request for a stream shows of who asks: what its headers say, and where they say nothing, its cookie. */
export function credentialsOfPage(request: IncomingMessage): Readonly<Record<string, unknown>> {
  const named = credentialsOf(request);
  if (named['authorization'] !== undefined || named['x-api-key'] !== undefined) return named;
  const values = (request.headers.cookie ?? '').split(';').flatMap(credentialIn);
  // One that is there twice is that of nobody: which of them counts is not for this to guess.
  return values.length === 0 ? named : { ...named, authorization: values.length > 1 ? values : `Bearer ${values[0]}` };
}

function credentialIn(pair: string): string[] {
  const at = pair.indexOf('=');
  return pair.slice(0, at).trim() === COOKIE ? [pair.slice(at + 1).trim()] : [];
}
