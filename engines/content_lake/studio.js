// A read-only view of the local content store. Everything shown goes in by textContent, never as HTML.
const PAGE = 100
const API = '/v2025-02-19/data'
const at = (id) => document.getElementById(id)
const place = new URLSearchParams(location.search)
let shown = 0

const token = () => at('token').value.trim() || 'studio'

async function call(path, options = {}) {
  const answer = await fetch(path, {...options, headers: {authorization: `Bearer ${token()}`, 'content-type': 'application/json'}})
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.error?.description ?? body.message ?? `Status ${answer.status}`)
  return body
}

async function ask(query, params, perspective = at('perspective').value) {
  const path = `${API}/query/${encodeURIComponent(at('dataset').value)}?returnQuery=false&perspective=${encodeURIComponent(perspective)}`
  return call(path, {method: 'POST', body: JSON.stringify({query, params})})
}

// Runs a step and shows what went wrong with it, if anything.
async function attempt(step) {
  at('problem').textContent = ''
  try {
    await step()
  } catch (error) {
    at('problem').textContent = error.message
  }
}

function remember(changes) {
  for (const [name, value] of Object.entries(changes)) value ? place.set(name, value) : place.delete(name)
  history.replaceState(null, '', `?${place}`)
}

function item(text, note, chosen, choose) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = text
  if (note) {
    const small = document.createElement('small')
    small.textContent = note
    button.append(small)
  }
  if (chosen) button.setAttribute('aria-current', 'true')
  button.addEventListener('click', () => attempt(choose))
  const line = document.createElement('li')
  line.append(button)
  return line
}

async function showSummary() {
  const summary = await call(`/studio/summary?dataset=${encodeURIComponent(place.get('dataset') ?? '')}`)
  at('dataset').replaceChildren(...summary.datasets.map((name) => new Option(name, name, false, name === summary.dataset)))
  at('types').replaceChildren(
    ...Object.entries(summary.types).map(([type, count]) =>
      item(type, `${count} ${count === 1 ? 'document' : 'documents'}`, type === place.get('type'), () => showType(type)),
    ),
  )
}

async function showType(type) {
  remember({type})
  for (const button of at('types').querySelectorAll('button')) {
    button.toggleAttribute('aria-current', button.firstChild.textContent === type)
    if (button.firstChild.textContent === type) button.setAttribute('aria-current', 'true')
  }
  at('documents').replaceChildren()
  at('documents-title').textContent = type
  shown = 0
  await showMore()
}

async function showMore() {
  const query = `*[_type == $type] | order(_updatedAt desc, _id)[${shown}...${shown + PAGE}]{_id, _updatedAt, "title": coalesce(title, name, displayName, slug.current, originalFilename)}`
  const {result} = await ask(query, {type: place.get('type')})
  for (const found of result) {
    const title = typeof found.title === 'string' ? found.title : found._id
    at('documents').append(item(title, `${found._id} · ${found._updatedAt}`, false, () => showDocument(found._id)))
  }
  shown += result.length
  at('more').hidden = result.length < PAGE
}

async function showDocument(id) {
  remember({id})
  const {result} = await ask('*[_id == $id][0]', {id})
  at('document-title').textContent = id
  at('document').textContent = result === null ? 'No such document in this perspective.' : JSON.stringify(result, null, 2)
}

async function run() {
  const query = at('query').value
  const params = at('params').value.trim() ? JSON.parse(at('params').value) : {}
  remember({query, params: at('params').value.trim()})
  at('took').textContent = ''
  at('plan').textContent = ''
  at('result').textContent = ''
  const {plan} = await call('/studio/plan', {method: 'POST', body: JSON.stringify({query, params})})
  at('plan').textContent = plan || 'No access to documents.'
  const {result, ms} = await ask(query, params)
  at('took').textContent = `${ms} ms`
  at('result').textContent = JSON.stringify(result, null, 2)
}

async function showEverything() {
  await showSummary()
  if (place.get('type')) await showType(place.get('type'))
  if (place.get('id')) await showDocument(place.get('id'))
}

at('perspective').value = place.get('perspective') ?? 'raw'
at('query').value = place.get('query') ?? '*[_type == "listing"][0...10]{_id, title}'
at('params').value = place.get('params') ?? ''
at('token').value = sessionStorage.getItem('studio-token') ?? ''
at('token').addEventListener('change', () => {
  sessionStorage.setItem('studio-token', at('token').value)
  attempt(showEverything)
})
at('dataset').addEventListener('change', () => {
  remember({dataset: at('dataset').value, type: '', id: ''})
  at('documents').replaceChildren()
  at('document').textContent = ''
  attempt(showEverything)
})
at('perspective').addEventListener('change', () => {
  remember({perspective: at('perspective').value})
  attempt(showEverything)
})
at('more').addEventListener('click', () => attempt(showMore))
at('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  attempt(run)
})
await attempt(showEverything)
if (place.get('query')) await attempt(run)
document.body.dataset.ready = 'true'
