import Table from 'cli-table3'
import type { ContestantName } from './contestant.js'
import { type Figure, type Measurement, timesBetter } from './measurement.js'
import type { Row } from './row.js'

/** A row has many figures. */
const NO_LINES_BETWEEN = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }

/** What was measured in one row, for people: a line for each figure, contestants side by side. */
export function rowTable(
	row: Row,
	measurements: readonly Measurement[],
	peer: ContestantName | undefined,
): string {
	const table = new Table({
		head: ['', '', 'vigil', ...(peer === undefined ? [] : [peer, 'times better'])],
		style: { head: [], border: [] },
		chars: NO_LINES_BETWEEN,
		colAligns: ['left', 'left', 'right', 'right', 'right'],
	})
	const problems: string[] = []
	for (const name of new Set(measurements.map((measurement) => measurement.case))) {
		const of = (contestant: ContestantName | undefined) =>
			measurements.find((each) => each.case === name && each.contestant === contestant)
		const [vigil, other] = [of('vigil'), of(peer)]
		for (const { contestant, problem } of [vigil, other].filter((each) => each !== undefined))
			if (problem !== undefined) problems.push(`${name}: ${contestant}: ${problem}`)
		const names = new Set([...(vigil?.figures ?? []), ...(other?.figures ?? [])].map((figure) => figure.name))
		for (const [index, figureName] of [...names].entries()) {
			const [own, peers] = [vigil, other].map((each) =>
				each?.figures.find((figure) => figure.name === figureName),
			)
			const ratio = own === undefined ? undefined : timesBetter(own, peers)
			table.push([
				index === 0 ? name : '',
				figureName,
				text(own),
				...(peer === undefined ? [] : [text(peers), ratio === undefined ? '' : ratio.toFixed(1)]),
			])
		}
	}
	const notes = problems.map((problem) => `! ${problem}\n`).join('')
	return `\n${row.name}: ${row.title}\n${table.toString()}\n${notes}`
}

function text(figure: Figure | undefined): string {
	if (figure === undefined) return '-'
	const { value, unit } = figure
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
	const number = value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits })
	return unit === '' ? number : `${number} ${unit}`
}
