// A Node server that shows the lines of a lot's stream to every socket: `node server.mjs graphql-ws|ws-once PORT REDIS`.
// `graphql-ws` executes every subscription for itself, as that library does; `ws-once` speaks just enough of the protocol
// and makes one text per event.
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import Redis from 'ioredis'
import { WebSocketServer } from 'ws'

const [kind, port, redisUrl] = process.argv.slice(2)

const schema = buildSchema(`
  type Query { hello: String }
  type Money { amountMinor: Float! currency: String! }
  interface AuctionEvent {
    cursor: String! version: Int! at: String! price: Money leader: String bidCount: Int! effectiveEndAt: String!
  }
  type AuctionSnapshot implements AuctionEvent {
    cursor: String! version: Int! at: String! price: Money leader: String bidCount: Int! effectiveEndAt: String!
  }
  type BidPlaced implements AuctionEvent {
    cursor: String! version: Int! at: String! price: Money leader: String bidCount: Int! effectiveEndAt: String!
    bidder: String! hasNewLeader: Boolean!
  }
  type Subscription { auctionEvents(auctionId: ID!): AuctionEvent! }
`)

function eventOf(lot, line) {
  const column = line.split('|')
  const seq = Number(column[0])
  return {
    __typename: 'BidPlaced',
    cursor: Buffer.from(`lot:${lot}|1|${seq}|0123456789ab`).toString('base64url'),
    version: seq,
    at: new Date(Number(column[3])).toISOString(),
    price: { amountMinor: Number(column[8]), currency: 'ZAR' },
    leader: `Bidder ${column[9].slice(0, 6)}`,
    bidCount: Number(column[13]),
    effectiveEndAt: new Date(Number(column[11])).toISOString(),
    bidder: `Bidder ${column[4].slice(0, 6)}`,
    hasNewLeader: column[9] !== column[10],
  }
}

function snapshotOf(lot) {
  const now = new Date().toISOString()
  return { __typename: 'AuctionSnapshot', cursor: 'start', version: 0, at: now, price: null, leader: null, bidCount: 0, effectiveEndAt: now }
}

const topics = new Map()

// One reader per topic, as the product has: a blocking XREAD on a connection of its own.
function follow(lot, listener) {
  let topic = topics.get(lot)
  if (!topic) {
    topic = { listeners: new Set(), redis: new Redis(redisUrl) }
    topics.set(lot, topic)
    read(lot, topic).catch(() => {})
  }
  topic.listeners.add(listener)
  return () => {
    topic.listeners.delete(listener)
    if (topic.listeners.size === 0) {
      topics.delete(lot)
      topic.redis.disconnect()
    }
  }
}

async function read(lot, topic) {
  let position = '0-0'
  while (topics.get(lot) === topic) {
    const found = await topic.redis.xread('BLOCK', 1000, 'STREAMS', `lot:{${lot}}:events`, position)
    for (const [, lines] of found ?? []) {
      for (const [id, fields] of lines) {
        position = id
        const event = eventOf(lot, fields[1])
        for (const listener of topic.listeners) listener(event)
      }
    }
  }
}

async function* auctionEvents({ auctionId }) {
  const waiting = []
  let wake = () => {}
  const leave = follow(auctionId, (event) => { waiting.push(event); wake() })
  try {
    yield { auctionEvents: snapshotOf(auctionId) }
    for (;;) {
      while (waiting.length) yield { auctionEvents: waiting.shift() }
      await new Promise((resolve) => { wake = resolve })
    }
  } finally {
    leave()
  }
}

const http = createServer((_, response) => response.end('ok'))
const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false, handleProtocols: () => 'graphql-transport-ws' })

if (kind === 'graphql-ws') {
  useServer({ schema, roots: { subscription: { auctionEvents } } }, sockets)
} else {
  const followed = new Map()
  sockets.on('connection', (socket) => {
    socket.on('message', (raw) => {
      const message = JSON.parse(raw)
      if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}')
      else if (message.type === 'ping') socket.send('{"type":"pong"}')
      else if (message.type === 'subscribe') {
        const lot = message.payload.variables.lot
        const head = `{"id":${JSON.stringify(message.id)},"type":"next","payload":`
        socket.send(`${head}${JSON.stringify({ data: { auctionEvents: snapshotOf(lot) } })}}`)
        let all = followed.get(lot)
        if (!all) {
          all = new Map()
          followed.set(lot, all)
          follow(lot, (event) => {
            const text = JSON.stringify({ data: { auctionEvents: event } })
            for (const [each, start] of all) each.send(`${start}${text}}`)
          })
        }
        all.set(socket, head)
        socket.on('close', () => all.delete(socket))
      }
    })
  })
}

http.listen(Number(port), '127.0.0.1')
