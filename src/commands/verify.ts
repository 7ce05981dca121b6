import { setImmediate as nextTurn } from 'node:timers/promises'
import { openReader, readIdentities } from '../storage/index.js'
import { type Fault, INVARIANTS, type InvariantName } from '../verify/invariants.js'
import { verifyStore } from '../verify/verify-store.js'
import type { CommandIo } from './command-io.js'
import { EXIT_BROKEN, EXIT_FAILURE, EXIT_OK } from './exit-codes.js'
import { ProgressBar } from './progress-bar.js'

export interface VerifyOptions {
	readonly datadir: string
	readonly json?: boolean
}

/** Signals and the terminal are looked after this often. */
const ROWS_PER_TURN = 500
/** A store with more faults has one cause; the rest is only counted. */
const MAX_SHOWN = 1_000

/**
 * `vigil verify --datadir`: checks the whole store against its invariants without changing anything, also beside a
 * running Vigil, and names each fault. Resolves with the exit code.
 * @throws DataDirectoryError, SchemaVersionError
 */
export async function verifyCommand(
	{ datadir, json = false }: VerifyOptions,
	io: CommandIo,
): Promise<number> {
	const stop = io.stopSignal()
	const identities = await readIdentities(datadir)
	const reader = await openReader({ directory: datadir, chains: identities.map(({ chainId }) => chainId) })
	const progress = new ProgressBar(io.stderr)
	const counts = new Map<InvariantName, number>()
	let faults = 0
	const report = (fault: Fault) => {
		counts.set(fault.invariant, (counts.get(fault.invariant) ?? 0) + 1)
		if (++faults > MAX_SHOWN) return
		progress.clear()
		io.stdout.write(json ? `${faultJson(fault)}\n` : `${faultText(fault)}\n`)
	}
	const snapshot = reader.snapshot().withLogs()
	let rows = 0
	try {
		let last = 0
		for (const step of verifyStore({ view: snapshot, report }, identities)) {
			progress.update(step)
			rows = step.done
			if (rows - last < ROWS_PER_TURN) continue
			last = rows
			await nextTurn()
			if (stop.aborted) break
		}
	} finally {
		snapshot.done()
		await reader.close()
		progress.clear()
	}
	if (stop.aborted) {
		io.stderr.write('vigil: stopped before the end: nothing is said about the rest of the store\n')
		return EXIT_FAILURE
	}
	io.stdout.write(json ? summaryJson(rows, faults, counts) : summaryText(rows, faults, counts))
	return faults === 0 ? EXIT_OK : EXIT_BROKEN
}

function faultText({ invariant, chainId, block, detail }: Fault): string {
	const place = [chainId === null ? 'L1' : `chain ${chainId}`, ...(block === null ? [] : [`block ${block}`])]
	return `${invariant}: ${place.join(' ')}: ${detail}`
}

function faultJson({ invariant, chainId, block, detail }: Fault): string {
	return JSON.stringify({ invariant, chain: chainId === null ? null : `${chainId}`, block, detail })
}

function summaryText(rows: number, faults: number, counts: ReadonlyMap<InvariantName, number>): string {
	if (faults === 0) return `All invariants hold (${rows} rows read).\n`
	const shown = faults > MAX_SHOWN ? `, the first ${MAX_SHOWN} of them are above` : ''
	const names = [...counts].map(([name, count]) => `  ${name} (${count}): ${INVARIANTS[name]}`)
	return `\n${faults} faults in ${rows} rows${shown}. Broken:\n${names.join('\n')}\n`
}

function summaryJson(rows: number, faults: number, counts: ReadonlyMap<InvariantName, number>): string {
	return `${JSON.stringify({ rows, faults, broken: Object.fromEntries(counts) })}\n`
}
