import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const DOCUMENT = new URL('../../docs/compatibility.md', import.meta.url)
const DIFFERENCES = new URL('../compat/client/differences.go', import.meta.url)

test('docs/compatibility.md lists exactly the differences that the comparison allows', async () => {
	const program = await readFile(DIFFERENCES, 'utf8')
	const allowed = [...program.matchAll(/\bName: +"([^"]+)"/g)].map(([, name]) => name)
	const document = await readFile(DOCUMENT, 'utf8')
	const section = document.slice(
		document.indexOf('## Declared differences'),
		document.indexOf('## What it found'),
	)
	const listed = section
		.split('\n')
		.filter((line) => line.startsWith('| '))
		.map((line) => line.split('|')[1]?.trim())
		.filter((name) => name !== 'difference' && !name?.startsWith('---'))
	expect(allowed.length).toBeGreaterThan(5)
	expect(listed).toEqual(allowed)
})
