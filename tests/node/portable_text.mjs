// Reads a JSON array of Portable Text values and writes what @portabletext/to-html makes of each, with our two choices:
// marks nobody knows leave their text, blocks nobody knows leave nothing.
import {readFileSync} from 'node:fs'
import {toHTML} from '@portabletext/to-html'

const values = JSON.parse(readFileSync(0, 'utf8'))
const components = {unknownMark: ({children}) => children, unknownType: () => ''}
const rendered = values.map((value) => toHTML(value, {components, onMissingComponent: false}))
process.stdout.write(JSON.stringify(rendered))
