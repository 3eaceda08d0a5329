// Programs as text: run from the root they load the product's own packages, of the same versions, and not those of this folder.

/** A GraphQL server of the packages that role api has, as their documentations put them together; says when it listens. */
export const USUAL = `
import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import { MikroORM } from '@mikro-orm/postgresql';
import { Command } from 'commander';
import Fastify from 'fastify';
import * as scalars from 'graphql-scalars';
import { useServer } from 'graphql-ws/use/ws';
import * as jose from 'jose';
import pg from 'pg';
import pino from 'pino';
import * as prometheus from 'prom-client';
import { buildSchema, Query, Resolver } from 'type-graphql';
import { WebSocketServer } from 'ws';

class Health { health() { return 'fine'; } }
Query(() => String)(Health.prototype, 'health', Object.getOwnPropertyDescriptor(Health.prototype, 'health'));
Resolver()(Health);
process.once('SIGTERM', () => process.exit(0));
const schema = await buildSchema({ resolvers: [Health] });
const app = Fastify({ logger: false });
const apollo = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer: app.server }), fastifyApolloDrainPlugin(app)] });
await apollo.start();
await app.register(fastifyApollo(apollo));
useServer({ schema }, new WebSocketServer({ server: app.server, path: '/graphql' }));
globalThis.kept = [MikroORM, Command, scalars, jose, pg, pino, prometheus];
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write('ready');
`;

/** The least that a GraphQL server over sockets needs. */
export const LEAST = `
import { buildSchema } from 'graphql';
import { WebSocketServer } from 'ws';
process.once('SIGTERM', () => process.exit(0));
globalThis.kept = [buildSchema('type Query { health: String! }'), new WebSocketServer({ port: 0, host: '127.0.0.1' })];
await new Promise((resolve) => globalThis.kept[1].once('listening', resolve));
process.stdout.write('ready');
`;
