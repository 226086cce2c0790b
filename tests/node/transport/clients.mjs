// Drives the endpoint with the clients that people use; prints one JSON line per check.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { cacheExchange, createClient as createUrql, fetchExchange, gql as urqlGql, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createHash } from 'node:crypto';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import { firstValueFrom, toArray } from 'rxjs';
import { pipe, subscribe as wonkaSubscribe } from 'wonka';
import WebSocket from 'ws';

const port = process.argv[2];
const url = `http://127.0.0.1:${port}/graphql`;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const QUERY = '{ hello listings(first: 2) { edges { node { id title } } } }';
const TICKS = 'subscription { ticks(count: 3) { number } }';

async function check(name, run) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('timed out')), 8000).unref());
  try {
    console.log(JSON.stringify({ name, ok: true, value: await Promise.race([run(), late]) }));
  } catch (error) {
    console.log(JSON.stringify({ name, ok: false, error: String(error?.stack ?? error) }));
  }
}

const apollo = (link, incrementalHandler) =>
  new ApolloClient({ link, cache: new InMemoryCache(), ...(incrementalHandler ? { incrementalHandler } : {}) });

await check('apollo query', async () => (await apollo(new HttpLink({ uri: url })).query({ query: gql(QUERY) })).data.hello);
await check('apollo mutation', async () =>
  (await apollo(new HttpLink({ uri: url })).mutate({ mutation: gql`mutation { redeem(code: "right") }` })).data.redeem);
await check('apollo get', async () => {
  const link = new HttpLink({ uri: url, useGETForQueries: true, headers: { 'apollo-require-preflight': '1' } });
  return (await apollo(link).query({ query: gql(QUERY) })).data.hello;
});
for (const [name, useGETForHashedQueries] of [['apollo apq post', false], ['apollo apq get', true]]) {
  await check(name, async () => {
    const seen = [];
    const watched = (input, init) => {
      seen.push(init.method);
      return fetch(input, init);
    };
    const headers = { 'apollo-require-preflight': '1' };
    const link = ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries }),
      new HttpLink({ uri: url, fetch: watched, headers }),
    ]);
    const client = apollo(link);
    const query = gql(`query Q${useGETForHashedQueries ? 'Get' : 'Post'} { hello me }`);
    await client.query({ query, fetchPolicy: 'no-cache' });
    const { data } = await client.query({ query, fetchPolicy: 'no-cache' });
    return { hello: data.hello, requests: seen.length };
  });
}
await check('apollo multipart subscription', async () => {
  const link = new HttpLink({ uri: url });
  const events = await firstValueFrom(apollo(link).subscribe({ query: gql(TICKS) }).pipe(toArray()));
  return events.map((event) => event.data.ticks.number);
});
for (const [name, handler] of [['apollo defer 2022', new Defer20220824Handler()], ['apollo defer 17', new GraphQL17Alpha9Handler()]]) {
  await check(name, async () => {
    const query = gql`
      query D {
        hello
        listings(first: 2) { edges { node { id title ... @defer(label: "reviews") { slowReviews } } } }
      }
    `;
    const { data } = await new Promise((resolve, reject) => {
      apollo(new HttpLink({ uri: url }), handler)
        .watchQuery({ query, fetchPolicy: 'network-only' })
        .subscribe({
          next: (result) => result.dataState === 'complete' && resolve(result),
          error: reject,
        });
    });
    return data.listings.edges.map((edge) => edge.node.slowReviews.length);
  });
}

const urql = (options, ...exchanges) =>
  createUrql({ url, preferGetMethod: false, exchanges: [cacheExchange, ...exchanges, fetchExchange], ...options });
const urqlQuery = async (client) => {
  const { data, error } = await client.query(urqlGql(QUERY), {}).toPromise();
  if (error) throw error;
  return data.hello;
};
await check('urql query', () => urqlQuery(urql({})));
await check('urql get', () => urqlQuery(urql({ preferGetMethod: 'force', fetchOptions: { headers: { 'x-requested-with': 'urql' } } })));
await check('urql query with sse on', () => urqlQuery(urql({ fetchSubscriptions: true })));
await check('urql persisted', () => urqlQuery(urql({}, persistedExchange({ preferGetForPersistedQueries: false, generateHash: async (query) => sha256(query) }))));
await check('urql sse subscription', () => urqlEvents(urql({ fetchSubscriptions: true })));

const ws = createWs({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, lazyCloseTimeout: 100 });
await check('urql ws subscription', () =>
  urqlEvents(
    urql({}, subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: ws.subscribe({ ...request, query: request.query ?? '' }, sink) }),
      }),
    })),
  ));

function urqlEvents(client) {
  return new Promise((resolve, reject) => {
    const numbers = [];
    pipe(
      client.subscription(urqlGql(TICKS), {}),
      wonkaSubscribe((result) => {
        if (result.error) reject(result.error);
        numbers.push(result.data.ticks.number);
        if (numbers.length === 3) resolve(numbers);
      }),
    );
  });
}

const gather = async (iterable) => {
  const found = [];
  for await (const result of iterable) found.push(result);
  return found;
};
await check('graphql-ws query', async () => (await gather(ws.iterate({ query: QUERY })))[0].data.hello);
await check('graphql-ws mutation', async () => (await gather(ws.iterate({ query: 'mutation { redeem(code: "x") }' })))[0].data.redeem);
await check('graphql-ws subscription', async () => (await gather(ws.iterate({ query: TICKS }))).map((r) => r.data.ticks.number));
await check('graphql-ws complete', async () => {
  for await (const result of ws.iterate({ query: 'subscription { ticks(count: 100, seconds: 0.01) { number } }' })) {
    if (result.data.ticks.number === 2) return 2;
  }
});
await check('graphql-ws validation error', async () => {
  try {
    await gather(ws.iterate({ query: '{ nothing }' }));
  } catch (errors) {
    return errors[0].extensions.code;
  }
});

for (const singleConnection of [false, true]) {
  const mode = singleConnection ? 'single' : 'distinct';
  const sse = createSse({ url, singleConnection, lazy: true, lazyCloseTimeout: 50, retryAttempts: 0 });
  await check(`graphql-sse ${mode} query`, async () => (await gather(sse.iterate({ query: QUERY })))[0].data.hello);
  await check(`graphql-sse ${mode} mutation`, async () => (await gather(sse.iterate({ query: 'mutation { redeem(code: "x") }' })))[0].data.redeem);
  await check(`graphql-sse ${mode} subscription`, async () => (await gather(sse.iterate({ query: TICKS }))).map((r) => r.data.ticks.number));
  await check(`graphql-sse ${mode} complete`, async () => {
    for await (const result of sse.iterate({ query: 'subscription { ticks(count: 100, seconds: 0.01) { number } }' })) {
      if (result.data.ticks.number === 2) return 2;
    }
  });
  sse.dispose();
}
await ws.dispose();
process.exit(0);
