import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { flagsOf } from '../../src/config/option-row.js'
import { OPTION_ROWS } from '../../src/config/options.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { pathOf, textOf } from '../packaging/repository.js'
import { DOCUMENTS } from './handbook.js'

/** Where a heading is linked to, as GitHub makes it. */
const anchor = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\w\- ]/g, '')
		.replaceAll(' ', '-')

const anchorsOf = (document: string) =>
	[...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => anchor(text))

it.each(DOCUMENTS)('links of %s lead somewhere', (document) => {
	for (const [, target = ''] of textOf(document).matchAll(/\]\(([^)\s]+)\)/g)) {
		if (/^https?:/.test(target)) continue
		const [path = '', heading] = target.split('#')
		const file = path === '' ? document : join(dirname(document), path)
		expect(existsSync(pathOf(file)), target).toBe(true)
		if (heading !== undefined) expect(anchorsOf(file)).toContain(heading)
	}
})

it('the README leads to every document', () => {
	const readme = textOf('README.md')
	for (const document of DOCUMENTS.filter((name) => name.startsWith('docs/')))
		expect(readme).toContain(`](${document})`)
})

it('metrics that the handbook names are served', () => {
	const metrics = new Metrics({ version: '1.2.3' })
	const served = new Set(metrics.declarations.map(({ name }) => name))
	metrics.close()
	for (const document of DOCUMENTS)
		for (const [, name = ''] of textOf(document).matchAll(/\b((?:vigil|process)_[a-z0-9]+_[a-z0-9_]+)\b/g))
			expect(served, document).toContain(name)
})

it('variables that the handbook names are settings', () => {
	const known = [...OPTION_ROWS.flatMap(([, { env }]) => env), 'VIGIL_COMMAND', 'VIGIL_CONFIG']
	for (const document of DOCUMENTS)
		for (const [name] of textOf(document).matchAll(/\b(?:VIGIL|OP_SUPERVISOR|KONA)_[A-Z0-9_]*[A-Z0-9]\b/g))
			expect(known, document).toContain(name)
})

it('flags that the handbook gives to Vigil are settings', () => {
	const known = new Set(OPTION_ROWS.flatMap(([, row]) => flagsOf(row)))
	const ours = /`(--(?:l1|l2-consensus|datadir|snapshot|rpc|metrics|log|logs|node|index)\.[a-z][a-z0-9.-]*)/g
	for (const document of DOCUMENTS)
		for (const [, flag = ''] of textOf(document).matchAll(ours))
			expect(known, document).toContain(flag.replace(/\.$/, ''))
})
