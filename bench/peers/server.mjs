// One small server on a GraphQL stack of Node, over the content store and Redis that the product reads too.
// Usage: node server.mjs apollo|yoga|mercurius|mercurius-jit|mercurius-jit+coalescing PORT CONFIG_FILE
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import DataLoader from "dataloader";
import Redis from "ioredis";

const [kind, port, configFile] = process.argv.slice(2);
const config = JSON.parse(readFileSync(configFile, "utf8"));
const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const redis = new Redis(config.redis);
const FRESH_MS = 30_000;

// The product keeps content for its pages as well; here it is kept in the process, which is the cheapest place.
const answers = new Map();
async function content(query, params) {
  const key = JSON.stringify([query, params]);
  const known = answers.get(key);
  if (known && known.until > Date.now()) return known.result;
  const reply = await fetch(config.content, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${config.token}` },
    body: JSON.stringify({ query, params }),
  });
  const { result } = await reply.json();
  answers.set(key, { result, until: Date.now() + FRESH_MS });
  return result;
}

// While one batch is in flight, the keys of all requests gather for the next: what the product does for public reads.
function coalesced(batch) {
  let wave = null, busy = false;
  const begin = async () => {
    const mine = wave;
    wave = null;
    busy = true;
    try {
      const keys = [...mine.keys];
      const found = await batch(keys);
      const known = new Map(keys.map((key, place) => [key, found[place]]));
      for (const each of mine.waiting) each.resolve(known);
    } catch (error) {
      for (const each of mine.waiting) each.reject(error);
    } finally {
      busy = false;
      if (wave) begin();
    }
  };
  return async (ids) => {
    if (!wave) {
      wave = { keys: new Set(), waiting: [] };
      if (!busy) setImmediate(begin);
    }
    for (const id of ids) wave.keys.add(id);
    const mine = wave;
    const known = await new Promise((resolve, reject) => mine.waiting.push({ resolve, reject }));
    return ids.map((id) => known.get(id));
  };
}

const globalId = (type, id) => Buffer.from(`${type}:${id}`).toString("base64url");
const byId = (rows, ids) => {
  const found = new Map(rows.map((row) => [row._id, row]));
  return ids.map((id) => found.get(id) ?? null);
};

async function readCounters(ids) {
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(`gavel:counters:${id}`, "views", "likes", "favourites");
  return (await pipeline.exec()).map(([, row]) => ({
    views: Number(row[0] ?? 0), likes: Number(row[1] ?? 0), favourites: Number(row[2] ?? 0),
  }));
}
const counters = kind.endsWith("+coalescing") ? coalesced(readCounters) : readCounters;

function newContext() {
  return {
    categories: new DataLoader(async (ids) => byId(await content(config.categories, {}), ids)),
    sellers: new DataLoader(async (ids) => byId(await content(config.sellers, { ids: [...ids].sort() }), ids)),
    counters: new DataLoader(counters),
  };
}

const resolvers = {
  Query: {
    async listings(_, { first }) {
      const rows = await content(config.page, { ...config.pageParams, limit: first + 1 });
      return {
        pageInfo: { hasNextPage: rows.length > first },
        edges: rows.slice(0, first).map((node) => ({ node })),
      };
    },
    async category(_, { slug }) {
      return (await content(config.categories, {})).find((row) => row.slug === slug) ?? null;
    },
  },
  Listing: {
    id: (row) => globalId("Listing", row._id),
    status: (row) => row.status.toUpperCase(),
    tags: (row) => row.tags ?? [],
    category: (row, _, context) => (row.categoryId ? context.categories.load(row.categoryId) : null),
    seller: (row, _, context) => (row.sellerId ? context.sellers.load(row.sellerId) : null),
    counters: (row, _, context) => context.counters.load(row._id),
  },
  Category: { id: (row) => globalId("Category", row._id) },
  PublicUser: { id: (row) => globalId("PublicUser", row._id), isVerified: (row) => row.verified === true },
};

if (kind === "apollo") {
  const { ApolloServer } = await import("@apollo/server");
  const { startStandaloneServer } = await import("@apollo/server/standalone");
  const server = new ApolloServer({ typeDefs, resolvers });
  await startStandaloneServer(server, { listen: { port: Number(port), host: "127.0.0.1" }, context: async () => newContext() });
} else if (kind === "yoga") {
  const { createSchema, createYoga } = await import("graphql-yoga");
  const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context: newContext, logging: false });
  createServer(yoga).listen(Number(port), "127.0.0.1");
} else {
  const { default: Fastify } = await import("fastify");
  const { default: mercurius } = await import("mercurius");
  const app = Fastify();
  app.register(mercurius, { schema: typeDefs, resolvers, context: newContext, jit: kind.startsWith("mercurius-jit") ? 1 : 0 });
  await app.listen({ port: Number(port), host: "127.0.0.1" });
}
