import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { metricsDocument } from './metrics-document.js'

const DOCUMENT = new URL('../../docs/metrics.md', import.meta.url)

test('docs/metrics.md is up to date (npm run docs)', async () => {
	expect(await readFile(DOCUMENT, 'utf8')).toBe(metricsDocument())
})
