// Reads {paths: [{document, path}], texts: [{before, after, base}]} and prints what Sanity's own libraries make of
// them: the existing locations of each path, and each text patch with the text it gives when applied to `base`.
import {readFileSync} from 'node:fs'
import {jsonMatch} from '@sanity/json-match'
import {applyPatches, makePatches, parsePatch, stringifyPatches} from '@sanity/diff-match-patch'

const {paths, texts} = JSON.parse(readFileSync(0, 'utf8'))

function plain(document, path) {
  const location = []
  let value = document
  for (const step of path) {
    let at = Array.isArray(value) && step < 0 ? value.length + step : step
    if (typeof step === 'object') at = value.findIndex((element) => element?._key === step._key)
    if (value === null || typeof value !== 'object' || !(at in value)) return null
    location.push(at)
    value = value[at]
  }
  return location
}

const locations = paths.map(({document, path}) => {
  try {
    const found = [...jsonMatch(document, path)].map((match) => plain(document, match.path))
    return [...new Set(found.filter((one) => one !== null).map((one) => JSON.stringify(one)))].map((one) => JSON.parse(one))
  } catch (error) {
    return {error: error.message}
  }
})
const patches = texts.map(({before, after, base}) => {
  const patch = stringifyPatches(makePatches(before, after))
  try {
    return {patch, applied: applyPatches(parsePatch(patch), base)[0]}
  } catch {
    return {patch, applied: null}
  }
})
process.stdout.write(JSON.stringify({locations, patches}))
