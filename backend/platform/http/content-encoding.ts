import type { FastifyInstance } from 'fastify';

/** Bodies are read as they come: one that is packed is not unpacked, so that nobody can send more than is counted. */
export function refusePackedBodies(server: FastifyInstance, bodyLimit: number): void {
  server.addHook('preParsing', (request, _reply, payload, done) => {
    const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
    // One that is too large as it is, is told so where all such bodies are.
    if (encoding.toLowerCase() === 'identity' || Number(length) > bodyLimit) done(null, payload);
    else done(Object.assign(new Error('the body is packed'), { statusCode: 415, code: 'CONTENT_ENCODING' }));
  });
}
