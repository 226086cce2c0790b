// Reads a JSON array of {image, options} and writes the address that @sanity/image-url builds for each.
import {readFileSync} from 'node:fs'
import {createImageUrlBuilder} from '@sanity/image-url'

const cases = JSON.parse(readFileSync(0, 'utf8'))
const builder = createImageUrlBuilder({projectId: 'gavel', dataset: 'production'})
const setters = ['width', 'height', 'format', 'quality', 'fit', 'auto', 'dpr']
const urls = cases.map(({image, options}) => {
  const asked = setters.filter((name) => options[name] !== undefined)
  return asked.reduce((url, name) => url[name](options[name]), builder.image(image)).url()
})
process.stdout.write(JSON.stringify(urls))
