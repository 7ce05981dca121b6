import { writeFile } from 'node:fs/promises'
import { packageRoot } from '../../src/package-root.js'
import { configurationDocument } from './configuration-document.js'
import { metricsDocument } from './metrics-document.js'

// `npm run docs`: writes the documents that are made from the code.
const documents = { 'configuration.md': configurationDocument(), 'metrics.md': metricsDocument() }
for (const [name, text] of Object.entries(documents)) {
	const file = new URL(`docs/${name}`, `${packageRoot().href.replace(/\/*$/, '/')}`)
	await writeFile(file, text)
	process.stdout.write(`${file.pathname}\n`)
}
