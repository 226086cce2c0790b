// Two bidders and a watcher in one auction, all by graphql-ws: bids, a cut line, the resume; one JSON line per event.
import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [address, lot, ...tokens] = process.argv.slice(2);
const sockets = new Map();
const connect = (name, token) =>
  createClient({
    url: `ws://${address}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: token ? { Authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    on: { connected: (socket) => sockets.set(name, socket) },
  });
const say = (line) => console.log(JSON.stringify(line));
const ask = async (client, query, variables) => {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new Error(JSON.stringify(errors));
    return Object.values(data)[0];
  }
};

const REGISTER = 'mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }';
const BID = `mutation ($lot: ID!, $most: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $most, currency: "ZAR", idempotencyKey: $key}) {
    __typename ... on BidAccepted { price { amountMinor } } ... on BidOutbid { price { amountMinor } } } }`;
const FEED = `subscription ($lot: ID!, $after: String) { auctionEvents(auctionId: $lot, after: $after) {
  __typename cursor version price { amountMinor } auction { version } ... on AuctionClosed { outcome } } }`;

const [ann, bob] = tokens.map((token, index) => connect(`bidder-${index}`, token));
const bid = async (client, most) => {
  const answer = await ask(client, BID, { lot, most, key: randomUUID() });
  say({ said: answer.__typename, price: answer.price?.amountMinor });
};

// Follows until `isEnough`, or until the line is cut; gives the newest cursor.
async function follow(name, after, isEnough, onEvent = () => undefined) {
  const client = connect(name);
  let cursor = after;
  try {
    for await (const { data } of client.iterate({ query: FEED, variables: { lot, after } })) {
      const event = data.auctionEvents;
      cursor = event.cursor;
      say({ feed: name.replace(/-again$/, ''), event });
      onEvent(event);
      if (isEnough(event)) break;
    }
  } catch {
    say({ cut: name });
  }
  return cursor;
}

const isClosed = (event) => event.__typename === 'AuctionClosed';
for (const bidder of [ann, bob]) await ask(bidder, REGISTER, { lot });
const hall = follow('hall', undefined, isClosed);
let heard;
const first = new Promise((resolve) => (heard = resolve));
const gallery = follow('gallery', undefined, isClosed, (event) => event.version === 1 && heard());
await new Promise((resolve) => setTimeout(resolve, 300));
await bid(ann, 50_000);
await first;
sockets.get('gallery').terminate();
const cursor = await gallery;
await bid(bob, 90_000);
await bid(ann, 60_000);
await Promise.all([hall, follow('gallery-again', cursor, isClosed)]);
for (const client of [ann, bob]) await client.dispose();
process.exit(0);
