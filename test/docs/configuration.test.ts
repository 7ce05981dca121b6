import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { flagsOf } from '../../src/config/option-row.js'
import { OPTION_ROWS } from '../../src/config/options.js'
import { configurationDocument } from './configuration-document.js'

const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url)

test('docs/configuration.md is up to date (npm run docs)', async () => {
	expect(await readFile(DOCUMENT, 'utf8')).toBe(configurationDocument())
})

test('it names every flag and variable that is not hidden', async () => {
	const document = await readFile(DOCUMENT, 'utf8')
	for (const [, row] of OPTION_ROWS) {
		if ('hidden' in row && row.hidden) continue
		for (const name of [...flagsOf(row), ...row.env]) expect(document).toContain(`\`${name}\``)
	}
})
