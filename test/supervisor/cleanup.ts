import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

const closers: (() => unknown)[] = []

/** Runs after the test, whatever its outcome, the last one first. */
export function afterTest(close: () => unknown): void {
	closers.push(close)
}

/** An empty directory that is removed after the test. */
export function temporaryDirectory(): string {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-test-'))
	afterTest(() => rmSync(directory, { recursive: true, force: true }))
	return directory
}

afterEach(async () => {
	for (const close of closers.splice(0).reverse()) await close()
})
