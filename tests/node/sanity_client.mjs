// Drives the local content store with Sanity's own client and prints what each step gave as one JSON object.
import {createClient} from '@sanity/client'
import {firstValueFrom, take, toArray, timeout, filter, ReplaySubject} from 'rxjs'

const [url, projectId] = process.argv.slice(2)
const token = 'editor-token'
const settings = {
  apiHost: url,
  useProjectHostname: false,
  projectId,
  dataset: 'production',
  apiVersion: '2025-02-19',
  useCdn: false,
}
const client = createClient({...settings, token, perspective: 'published'})
const anonymous = createClient(settings)

async function failure(promise) {
  try {
    return {unexpected: await promise}
  } catch (error) {
    return {name: error.name, statusCode: error.statusCode, message: error.message, details: error.details}
  }
}

// Starts listening at once; `events` resolves with the first `count` of them.
function record(observable, count) {
  const subject = new ReplaySubject()
  const subscription = observable.subscribe(subject)
  const events = firstValueFrom(subject.pipe(take(count), toArray(), timeout(15000))).finally(() =>
    subscription.unsubscribe(),
  )
  const seen = (type) => firstValueFrom(subject.pipe(filter((event) => event.type === type), timeout(15000)))
  return {events, seen}
}

const steps = {
  async create() {
    const created = await client.create({_type: 'listing', _id: 'bakkie', title: 'Hilux 2022', price: 280000})
    const again = await failure(client.create({_type: 'listing', _id: 'bakkie'}))
    const ignored = await client.createIfNotExists({_type: 'listing', _id: 'bakkie', title: 'other'})
    const replaced = await client.createOrReplace({_type: 'listing', _id: 'bakkie', title: 'Ranger', price: 300000})
    const named = await client.create({_type: 'listing', title: 'nameless'})
    return {created, again, ignored, replaced, named}
  },
  async fetch() {
    const byGet = await client.fetch('*[_type == $type && title == "Ranger"][0]{title, price}', {type: 'listing'})
    const padding = 'x'.repeat(12000)
    const byPost = await client.fetch('*[_id == $id && title != $padding][0].title', {id: 'bakkie', padding})
    const full = await client.fetch('count(*)', {}, {filterResponse: false})
    const error = await failure(client.fetch('*[_type =='))
    const anonymously = await anonymous.fetch('*[_id == "bakkie"][0].title')
    return {byGet, byPost, full, error, anonymously}
  },
  async perspectives() {
    await client.create({_id: 'drafts.bakkie', _type: 'listing', title: 'draft', price: 1})
    await client.create({_id: 'versions.r1.bakkie', _type: 'listing', title: 'release', price: 2})
    const titles = {}
    for (const perspective of ['published', 'drafts', 'raw', ['r1', 'drafts']]) {
      titles[String(perspective)] = await client.fetch('*[_type == "listing" && defined(price)] | order(_id).title', {}, {perspective})
    }
    return titles
  },
  async documents() {
    const one = await client.getDocument('bakkie')
    const none = await client.getDocument('nothing')
    const many = await client.getDocuments(['bakkie', 'nothing', 'drafts.bakkie'])
    const hidden = await anonymous.getDocument('drafts.bakkie')
    return {one, none: none ?? null, many, hidden: hidden ?? null}
  },
  async patch() {
    const byId = await client
      .patch('bakkie')
      .setIfMissing({tags: [], views: 0})
      .set({'seller.name': 'Thandi'})
      .append('tags', [{label: 'diesel'}, {label: '4x4'}])
      .inc({views: 3})
      .dec({views: 1})
      .unset(['price'])
      .diffMatchPatch({title: '@@ -1,6 +1,11 @@\n Ranger\n+ XLT \n'})
      .commit({autoGenerateArrayKeys: true})
    const inserted = await client.patch('bakkie').insert('before', 'tags[label == "4x4"]', [{_key: 'mid', label: 'tow bar'}]).commit()
    const replaced = await client.patch('bakkie').set({'tags[_key == "mid"].label': 'canopy'}).commit()
    const stale = await failure(client.patch('bakkie').ifRevisionId(byId._rev).set({x: 1}).commit())
    const byQuery = await client
      .patch({query: '*[_type == $type && title == "nameless"]', params: {type: 'listing'}})
      .set({touched: true})
      .commit({returnFirst: false})
    const missing = await failure(client.patch('nothing').set({a: 1}).commit())
    return {byId, inserted, replaced, stale, byQuery, missing}
  },
  async transaction() {
    const done = await client
      .transaction()
      .create({_id: 'cat', _type: 'category', title: 'Cars'})
      .create({_id: 'car', _type: 'listing', category: {_type: 'reference', _ref: 'cat'}})
      .patch('car', (patch) => patch.set({title: 'Polo'}))
      .commit({visibility: 'async'})
    const halves = await failure(
      client.transaction().create({_id: 'half', _type: 't'}).patch('nothing', (patch) => patch.set({a: 1})).commit(),
    )
    const half = await client.getDocument('half')
    const protectedTarget = await failure(client.delete('cat'))
    const dry = await client.create({_id: 'dry', _type: 't'}, {dryRun: true})
    const dryDocument = await client.getDocument('dry')
    const deleted = await client.delete('car')
    const byQuery = await client.delete({query: '*[_type == "category"]'})
    return {done, halves, half: half ?? null, protectedTarget, dry, dryDocument: dryDocument ?? null, deleted, byQuery}
  },
  async listen() {
    const listening = record(
      client.listen('*[_type == $type]', {type: 'watched'}, {
        events: ['welcome', 'mutation'], includeResult: true, includePreviousRevision: true, visibility: 'query',
      }),
      5,
    )
    await listening.seen('welcome')
    await client.create({_id: 'w', _type: 'watched', n: 1})
    await client.create({_id: 'unwatched', _type: 'other'})
    await client.create({_id: 'drafts.w', _type: 'watched'})
    await client.patch('w').set({n: 2}).commit()
    await client.createOrReplace({_id: 'w', _type: 'renamed'})
    await client.createOrReplace({_id: 'w', _type: 'watched'})
    const events = await listening.events
    const refused = record(client.listen('*[_type =='), 1)
    return {events, refused: await failure(refused.events)}
  },
  async live() {
    const {syncTags} = await client.fetch('*[_type == "lively"]', {}, {filterResponse: false})
    const listening = record(client.live.events(), 2)
    const [welcome] = [await listening.seen('welcome')]
    await client.create({_id: 'l', _type: 'lively'})
    const [, message] = await listening.events
    const drafts = record(client.live.events({includeDrafts: true}), 2)
    await drafts.seen('welcome')
    await client.create({_id: 'drafts.l', _type: 'lively'})
    const draftMessage = (await drafts.events)[1]
    return {syncTags, welcome, message, draftMessage}
  },
  async action() {
    await client.create({_id: 'drafts.page', _type: 'page', title: 'new'})
    const published = await client.action({
      actionType: 'sanity.action.document.publish', draftId: 'drafts.page', publishedId: 'page',
    })
    const page = await client.getDocument('page')
    const draft = await client.getDocument('drafts.page')
    const refused = await failure(client.action({
      actionType: 'sanity.action.document.publish', draftId: 'drafts.page', publishedId: 'page',
    }))
    return {published, page, draft: draft ?? null, refused}
  },
  async assets() {
    const pixel = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64',
    )
    const image = await client.assets.upload('image', pixel, {filename: 'pixel.png', extract: ['lqip', 'palette']})
    const file = await client.assets.upload('file', Buffer.from('terms'), {filename: 'terms.txt', title: 'Terms'})
    const bytes = Buffer.from(await (await fetch(image.url)).arrayBuffer())
    return {image, file, isSame: bytes.equals(pixel), text: await (await fetch(file.url)).text()}
  },
  async datasets() {
    const created = await client.datasets.create('passing', {aclMode: 'public'})
    const names = (await client.datasets.list()).map((dataset) => dataset.name)
    const passing = client.withConfig({dataset: 'passing'})
    const listening = record(passing.listen('*', {}, {events: ['welcome']}), 2)
    await listening.seen('welcome')
    const removed = await client.datasets.delete('passing')
    const disconnected = await failure(listening.events)
    return {created, names, removed, disconnected, gone: await failure(passing.fetch('*'))}
  },
  async identity() {
    return {me: await client.users.getById('me'), unknown: await failure(client.withConfig({token: 'wrong'}).fetch('*'))}
  },
}

const only = process.argv.slice(4)
const results = {}
for (const [name, step] of Object.entries(steps)) {
  if (only.length && !only.includes(name)) continue
  try {
    results[name] = await step()
  } catch (error) {
    results[name] = {fault: `${error.name}: ${error.message}`}
  }
}
process.stdout.write(JSON.stringify(results))
process.exit(0)
