import { writeFile } from 'node:fs/promises'
import { generatedFiles } from '../../grafana/source/files.js'
import { packageRoot } from '../../src/package-root.js'
import { configurationDocument } from './configuration-document.js'
import { metricsDocument } from './metrics-document.js'
import { migrationDocument } from './migration-document.js'

// `npm run docs`: writes the documents, dashboards and alerts that are made from the code.
const files = new Map([
	['docs/configuration.md', configurationDocument()],
	['docs/metrics.md', metricsDocument()],
	['docs/migrate.md', migrationDocument()],
	...[...generatedFiles()].map(([path, text]) => [`grafana/${path}`, text] as const),
])
for (const [path, text] of files) {
	const file = new URL(path, `${packageRoot().href.replace(/\/*$/, '/')}`)
	await writeFile(file, text)
	process.stdout.write(`${file.pathname}\n`)
}
