// Reads [{signature, body, secret}] and prints what Sanity's webhook toolkit thinks of each signature.
import {readFileSync} from 'node:fs'
import {isValidSignature} from '@sanity/webhook'

const calls = JSON.parse(readFileSync(0, 'utf8'))
const verdicts = []
for (const {signature, body, secret} of calls) verdicts.push(await isValidSignature(body, signature, secret))
process.stdout.write(JSON.stringify(verdicts))
