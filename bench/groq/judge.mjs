// groq-js behind standard input and output: one JSON request a line, one JSON answer a line.
//   {"documents": [...]}                        load the dataset
//   {"query", "params", "repeat", "timestamp"}  answer a query; with the times of `repeat` runs in milliseconds
//   "mode": "delta" with "before" and "after"   the same in delta mode
import {createInterface} from 'node:readline'
import {performance} from 'node:perf_hooks'
import {evaluate, evaluateSync, parse} from 'groq-js'

let documents = []
let byId = new Map()

function read(value) {
  return value.get ? value.get() : value
}

async function run(request) {
  const params = request.params ?? {}
  const tree = parse(request.query, {params, mode: request.mode})
  const options = {
    dataset: request.documents ?? documents,
    params,
    timestamp: new Date(request.timestamp ?? Date.now()),
    before: request.before,
    after: request.after,
  }
  if (request.useIdMap) options.dereference = ({_ref}) => byId.get(_ref)
  let isSync = true
  const once = async () => {
    if (isSync) {
      try {
        return await read(evaluateSync(tree, options))
      } catch (error) {
        if (!/[Ss]ync/.test(String(error.message))) throw error
        isSync = false
      }
    }
    return read(await evaluate(tree, options))
  }
  const start = performance.now()
  const result = await once()
  const first = performance.now() - start
  const times = []
  for (let turn = 0; turn < (request.repeat ?? 0); turn++) {
    const began = performance.now()
    await once()
    times.push(performance.now() - began)
  }
  return {result: result === undefined ? null : result, times, first}
}

const lines = createInterface({input: process.stdin, crlfDelay: Infinity})
for await (const line of lines) {
  let answer
  try {
    const request = JSON.parse(line)
    if (request.query === undefined) {
      documents = request.documents
      byId = new Map(documents.map((document) => [document._id, document]))
      answer = {result: documents.length}
    } else {
      answer = await run(request)
    }
  } catch (error) {
    answer = {error: `${error.name}: ${error.message}`}
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
