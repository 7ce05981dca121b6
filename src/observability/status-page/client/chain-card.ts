import type { ChainStatus, Rate } from '../status-message.js'
import type { AgeAxis } from './age-axis.js'
import { el, setText } from './element.js'
import { Lane } from './lane.js'
import { LEVELS, levelSign } from './levels.js'
import type { Rates } from './rates.js'
import { Sparkline } from './sparkline.js'
import { ageText, bytesText, counted, numberText, shortNumber } from './words.js'

const SPARKS: readonly (readonly [rate: Rate, name: string, text: (value: number) => string])[] = [
	['blocks', 'blocks/s', shortNumber],
	['logs', 'logs/s', shortNumber],
	['messages', 'messages/s', shortNumber],
	['bytes', 'of receipts/s', bytesText],
]

/** One chain: its lane, its heads in words, its throughput. */
export class ChainCard {
	readonly element = el('article', 'card')
	readonly #state = el('p', 'pill')
	readonly #facts = el('p', 'facts')
	readonly #lane = new Lane(LEVELS.map((look) => ({ key: look.level, sign: () => levelSign(look) })))
	readonly #heads: readonly { readonly level: string; readonly number: Element; readonly lag: Element }[]
	readonly #sparks = SPARKS.map(([rate, name, text]) => ({ rate, spark: new Sparkline(name, text) }))

	readonly #sparkRow = el(
		'div',
		'sparks',
		this.#sparks.map(({ spark }) => spark.element),
	)

	constructor(chain: string) {
		const title = el('h3', '', [`Chain ${chain}`])
		title.id = `chain-${chain}`
		this.element.setAttribute('aria-labelledby', title.id)
		const heads = LEVELS.map((look) => {
			const number = el('b', 'number')
			const lag = el('span', 'lag')
			const item = el('li', '', [el('span', 'level', [levelSign(look), look.name]), number, lag])
			return { level: look.level, number, lag, item }
		})
		this.#heads = heads
		const list = el(
			'ul',
			'heads plain',
			heads.map(({ item }) => item),
		)
		list.setAttribute('aria-label', `Heads of chain ${chain}`)
		this.element.append(
			el('div', 'top', [title, this.#state, this.#facts]),
			this.#lane.element,
			list,
			this.#sparkRow,
		)
	}

	/** @param now seconds since 1970 */
	show(chain: ChainStatus, { now, axis, rates }: { now: number; axis: AgeAxis; rates: Rates }): void {
		const [tone, state] = stateOf(chain)
		this.#state.dataset.tone = tone
		setText(this.#state, state)
		setText(this.#facts, factsOf(chain))
		const age = (level: string) => {
			const head = chain.heads[level as keyof typeof chain.heads]
			return head && now - head.timestamp
		}
		this.#lane.show(
			LEVELS.map(({ level }) => ({ key: level, age: age(level) })),
			axis,
		)
		const newest = chain.heads['local-unsafe']?.number
		for (const { level, number, lag } of this.#heads) {
			const head = chain.heads[level as keyof typeof chain.heads]
			setText(number, head === undefined ? '-' : numberText(head.number))
			setText(lag, head === undefined ? 'none yet' : lagText(head.number, newest, age(level)))
		}
		this.#sparkRow.hidden = rates.of(chain.chain, 'blocks').length === 0
		for (const { rate, spark } of this.#sparks) spark.show(rates.of(chain.chain, rate))
	}
}

function lagText(number: number, newest: number | undefined, age: number | undefined): string {
	const old = age === undefined ? '' : `${ageText(age)} old`
	const behind = newest === undefined ? 0 : newest - number
	return behind <= 0 ? old : `${numberText(behind)} behind, ${old}`
}

function factsOf({ derivationOrigin, nodesReady, blocksBehind }: ChainStatus): string {
	return [
		...(nodesReady === undefined ? [] : [`${counted(nodesReady, 'node')} ready`]),
		...(derivationOrigin === undefined ? [] : [`derived from L1 ${numberText(derivationOrigin)}`]),
		...(blocksBehind === undefined || blocksBehind === 0
			? []
			: [`${counted(blocksBehind, 'block')} to index`]),
	].join(' · ')
}

function stateOf(chain: ChainStatus): readonly [tone: string, state: string] {
	if (chain.stopped !== undefined) return ['bad', 'Stopped']
	if (chain.dispute !== undefined) return ['bad', 'Disputed']
	if (chain.pendingInvalidations > 0) return ['bad', 'Awaits a replacement']
	if (chain.nodesReady === 0) return ['bad', 'No node']
	if (chain.heads['local-unsafe'] === undefined) return ['idle', 'No blocks yet']
	if ((chain.blocksBehind ?? 0) > 64) return ['warn', 'Indexing']
	return ['good', 'Following']
}
