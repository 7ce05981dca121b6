import Table from 'cli-table3'
import { LEVELS } from './l2-node.js'
import type { RunResult } from './run-steps.js'

/** Methods by how often each supervisor called them, and the heads that each reached, side by side. */
export function compareRuns(runs: readonly RunResult[]): string {
	const names = runs.map(({ supervisor, l1Blocks }) => `${supervisor} (${l1Blocks} L1 blocks)`)
	const targets = [...new Set(runs.flatMap(({ calls }) => [...calls.keys()]))]
	const parts = targets.map((target) => {
		const counts = runs.map(({ calls }) => calls.get(target))
		const methods = [...new Set(counts.flatMap((byMethod) => [...(byMethod?.keys() ?? [])]))].sort()
		const rows = methods.map((method) => [method, ...counts.map((byMethod) => byMethod?.get(method) ?? 0)])
		return table([`calls to ${target}`, ...names], rows)
	})
	return [...parts, headsTable(runs)].join('\n')
}

function headsTable(runs: readonly RunResult[]): string {
	const rows = runs.flatMap(({ supervisor, heads }) =>
		[...heads].map(([node, numbers]) => [`${node}, ${supervisor}`, ...LEVELS.map((level) => numbers[level])]),
	)
	return table(['heads at the end', ...LEVELS], rows)
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
	const aligns = head.map((_, column) => (column === 0 ? 'left' : 'right'))
	const content = new Table({
		head: [...head],
		colAligns: aligns,
		style: { head: [], border: [], compact: true },
	})
	content.push(...rows.map((row) => [...row]))
	return content.toString()
}
