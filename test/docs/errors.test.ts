import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pathOf, textOf } from '../packaging/repository.js'

// docs/errors.md tells of every error that somebody can meet. The sources are read as text, because an error that no
// test imports must not be missed.

const sources = readdirSync(pathOf('src'), { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
	.map((file) => readFileSync(pathOf(`src/${file}`), 'utf8'))
const document = textOf('docs/errors.md')

/** Classes that are thrown: those that are only for others to extend are no errors of their own. */
const classes = sources.flatMap((text) =>
	[...text.matchAll(/^(?:export )?class (\w+) extends \w*(?:Error|Failure)\b/gm)].map(
		([, name = '']) => name,
	),
)

test('every named error is told of', () => {
	expect(classes.length).toBeGreaterThan(60)
	const told = (name: string) => document.includes(`\`${name}\``)
	expect(classes.filter((name) => !told(name))).toEqual([])
})

test('no error is told of that there is not', () => {
	const told = [...document.matchAll(/`(\w+(?:Error|Failure))`/g)].map(([, name = '']) => name)
	expect(told.filter((name) => !classes.includes(name))).toEqual([])
})

test('every code of an error is told of, beside its name', () => {
	const codes = sources.flatMap((text) =>
		[...text.matchAll(/class (\w+) extends ProtocolError \{\n\s+readonly code = (-\d+)/g)].map(
			([, name = '', code = '']) => ({ name, code }),
		),
	)
	expect(codes.length).toBeGreaterThan(15)
	for (const { name, code } of codes) {
		if (name === 'ReceiptsMismatchError') continue // Of a node: no caller sees its code.
		const paragraph = document.split(/\n\n|\n(?=\|)/).find((one) => one.includes(`\`${name}\``))
		expect(paragraph, name).toContain(code)
	}
	const jsonRpc = textOf('src/api/json-rpc.ts')
	for (const [, code = ''] of jsonRpc.matchAll(/export const [A-Z_]+ = (-\d+)/g))
		expect(document).toContain(code)
})
