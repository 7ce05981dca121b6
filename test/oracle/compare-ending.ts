import type { ObservedChain } from './observed.js'
import type { Ending } from './oracle.js'
import type { WorldBlock } from './world.js'

/** In what a cluster to which everything has come differs from where it must end. */
export function differences(endings: readonly Ending[], state: readonly ObservedChain[]): string[] {
	return endings.flatMap(({ chain, crossSafe, invalidated }, i) => {
		const of = state[i]
		if (of === undefined) return [`chain ${chain.letter} is missing`]
		const found: string[] = []
		const compare = (what: string, is: readonly WorldBlock[], expected: readonly WorldBlock[]) => {
			const [left, right] = [names(is), names(expected)]
			if (left !== right) found.push(`${what} of ${chain.letter} is [${left}], must be [${right}]`)
		}
		compare('cross-safe', blocksOf(of), crossSafe)
		compare('invalidated', of.invalidated, invalidated)
		compare('the log index', [...of.index.values()], crossSafe)
		compare('cross-unsafe', of.crossUnsafe === undefined ? [] : [of.crossUnsafe], crossSafe.slice(-1))
		if (of.marked !== undefined) found.push(`${of.marked.name} still waits for its replacement`)
		return found
	})
}

/**
 * In what a cluster on its way contradicts where it must end: what was decided within L1 blocks up to `l1`, which
 * the final L1 has, is decided for ever.
 */
export function contradictions(
	endings: readonly Ending[],
	state: readonly ObservedChain[],
	l1: number,
): string[] {
	return endings.flatMap(({ chain, crossSafe, invalidated }, i) => {
		const of = state[i]
		const wronglySafe =
			of?.crossSafe.filter(({ block, scope }) => scope <= l1 && !crossSafe.includes(block)) ?? []
		const wronglyInvalid =
			of?.invalidated.filter(
				(block) => (of.invalidScopes.get(block) ?? 0) <= l1 && !invalidated.includes(block),
			) ?? []
		return [
			...wronglySafe.map(({ block }) => `${block.name} of ${chain.letter} is cross-safe and must not be`),
			...wronglyInvalid.map((block) => `${block.name} of ${chain.letter} was invalidated and is valid`),
		]
	})
}

/** What two clusters that rest have decided differently, given the same L1 (rules, I6). */
export function otherDecisions(
	what: string,
	state: readonly ObservedChain[],
	other: readonly ObservedChain[],
): string[] {
	return state.flatMap((of, i) => {
		const [one, two] = [decisions(of), other[i] && decisions(other[i])]
		return one === two ? [] : [`${what}: chain ${of.chain.letter} has ${two}, not ${one}`]
	})
}

function decisions(of: ObservedChain): string {
	return `cross-safe ${names(blocksOf(of))}, invalidated ${names(of.invalidated)}`
}

function blocksOf(of: ObservedChain): WorldBlock[] {
	return of.crossSafe.map(({ block }) => block)
}

function names(blocks: readonly WorldBlock[]): string {
	return blocks.map(({ name }) => name).join(' ')
}
