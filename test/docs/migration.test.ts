import { expect, test } from 'vitest'
import { OPTION_ROWS } from '../../src/config/options.js'
import { textOf } from '../packaging/repository.js'
import { migrationDocument } from './migration-document.js'

test('docs/migrate.md is up to date (npm run docs)', () => {
	expect(textOf('docs/migrate.md')).toBe(migrationDocument())
})

test('it names every variable of the other supervisors', () => {
	const document = textOf('docs/migrate.md')
	for (const [, { env }] of OPTION_ROWS)
		for (const name of env) if (!name.startsWith('VIGIL_')) expect(document).toContain(`\`${name}\``)
})
