import { writeFile } from 'node:fs/promises'
import { packageRoot } from '../../src/package-root.js'
import { configurationDocument } from './configuration-document.js'

// `npm run docs`: writes the documents that are made from the code.
const file = new URL('docs/configuration.md', `${packageRoot().href.replace(/\/*$/, '/')}`)
await writeFile(file, configurationDocument())
process.stdout.write(`${file.pathname}\n`)
