import type { ClusterStatus } from '../status-message.js'
import { AgeAxis } from './age-axis.js'
import { ChainCard } from './chain-card.js'
import { byId, el, setText, svg } from './element.js'
import { axisLabels, Lane } from './lane.js'
import type { Rates } from './rates.js'
import { ageText, counted, numberText } from './words.js'

const TIP = 'M8 3a5 5 0 1 0 .01 0z'
const FINAL = 'M3 3h10v10H3z'

/** L1 and all chains, on one axis. */
export class Lanes {
	readonly #labels = el('div', 'axis')
	readonly #l1 = el('article', 'card l1')
	readonly #l1State = el('p', 'pill')
	readonly #l1Tip = el('b', 'number')
	readonly #l1TipAge = el('span', 'lag')
	readonly #l1Final = el('b', 'number')
	readonly #l1FinalAge = el('span', 'lag')
	readonly #l1Facts = el('p', 'facts')
	readonly #l1Lane = new Lane([
		{ key: 'l1-tip', sign: () => sign('l1-tip', TIP) },
		{ key: 'l1-final', sign: () => sign('l1-final', FINAL) },
	])
	readonly #cards = new Map<string, ChainCard>()
	readonly #root = byId('lanes')

	constructor() {
		this.#labels.setAttribute('aria-hidden', 'true')
		const title = el('h3', '', ['L1'])
		title.id = 'l1'
		this.#l1.setAttribute('aria-labelledby', 'l1')
		const list = el('ul', 'heads plain', [
			el('li', '', [el('span', 'level', [sign('l1-tip', TIP), 'Tip']), this.#l1Tip, this.#l1TipAge]),
			el('li', '', [
				el('span', 'level', [sign('l1-final', FINAL), 'Finalized']),
				this.#l1Final,
				this.#l1FinalAge,
			]),
		])
		list.setAttribute('aria-label', 'Heads of L1')
		this.#l1.append(el('div', 'top', [title, this.#l1State, this.#l1Facts]), this.#l1Lane.element, list)
		this.#root.append(this.#labels, this.#l1)
	}

	/** @param now seconds since 1970, by the server's clock */
	show(cluster: ClusterStatus, now: number, rates: Rates): void {
		const axis = new AgeAxis(Math.max(0, ...times(cluster).map((time) => now - time)))
		axisLabels(axis, this.#labels)
		this.#showL1(cluster, now, axis)
		for (const [chain, card] of this.#cards) {
			if (cluster.chains.some((one) => one.chain === chain)) continue
			card.element.remove()
			this.#cards.delete(chain)
		}
		for (const chain of cluster.chains) {
			const card = this.#cards.get(chain.chain) ?? new ChainCard(chain.chain)
			if (!this.#cards.has(chain.chain)) this.#root.append(card.element)
			this.#cards.set(chain.chain, card)
			card.show(chain, { now, axis, rates })
		}
	}

	#showL1({ l1, finalizedL1 }: ClusterStatus, now: number, axis: AgeAxis): void {
		const tip = l1?.tip
		const [tone, state] = l1State(l1)
		this.#l1State.dataset.tone = tone
		setText(this.#l1State, state)
		setText(
			this.#l1Facts,
			l1 === undefined || l1.waiting === 0 ? '' : `${counted(l1.waiting, 'node')} waiting for the next block`,
		)
		const final = finalizedL1 && now - finalizedL1.timestamp
		this.#l1Lane.show(
			[
				{ key: 'l1-tip', age: tip && now - tip.timestamp },
				{ key: 'l1-final', age: final },
			],
			axis,
		)
		setText(this.#l1Tip, tip === undefined ? '-' : numberText(tip.number))
		setText(this.#l1TipAge, tip === undefined ? 'not known' : `${ageText(now - tip.timestamp)} old`)
		setText(this.#l1Final, finalizedL1 === undefined ? '-' : numberText(finalizedL1.number))
		const behind = tip && finalizedL1 ? `${numberText(tip.number - finalizedL1.number)} behind, ` : ''
		setText(this.#l1FinalAge, final === undefined ? 'none yet' : `${behind}${ageText(final)} old`)
	}
}

function l1State(l1: ClusterStatus['l1']): readonly [tone: string, state: string] {
	if (l1 === undefined) return ['idle', 'As stored']
	if (l1.held !== undefined) return ['bad', 'Contradicts the store']
	if (l1.tip === undefined) return ['idle', 'Not answered yet']
	return l1.isFollowed ? ['good', 'Following'] : ['bad', 'Does not answer']
}

function times({ chains, l1, finalizedL1 }: ClusterStatus): number[] {
	const heads = chains.flatMap((chain) => Object.values(chain.heads))
	return [...heads, l1?.tip, finalizedL1].flatMap((block) => (block === undefined ? [] : [block.timestamp]))
}

function sign(level: string, path: string): Element {
	return svg('svg', { class: 'sign', viewBox: '0 0 16 16', 'data-level': level, 'aria-hidden': 'true' }, [
		svg('path', { d: path }),
	])
}
