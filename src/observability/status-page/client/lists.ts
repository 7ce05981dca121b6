import type { ClusterStatus, EventStatus, FollowerStatus, NodeStatus } from '../status-message.js'
import { byId, el, setText, showList } from './element.js'
import { ageText, bytesText, counted, numberText } from './words.js'

const TONES: Readonly<Record<NodeStatus['state'], string>> = {
	ready: 'good',
	starting: 'idle',
	down: 'bad',
	refused: 'bad',
	closed: 'idle',
}

const FOLLOWER_TONES: Readonly<Record<FollowerStatus['state'], string>> = {
	following: 'good',
	starting: 'idle',
	waiting: 'warn',
	down: 'bad',
}

/** The managed nodes, and those that are given unsafe blocks. */
export function showNodes({ nodes, followers = [] }: ClusterStatus): void {
	showList(byId('nodes'), [...(nodes ?? []), ...followers], (node) => {
		if (!('isResetting' in node)) return followerRow(node)
		const state = el('span', 'pill', [node.isResetting ? 'resetting' : node.state])
		state.dataset.tone = node.isResetting ? 'warn' : TONES[node.state]
		return el('li', 'row', [
			state,
			el('b', 'url', [node.url]),
			el('span', 'quiet', [
				[
					node.chain === '' ? 'chain not told yet' : `chain ${node.chain}`,
					counted(node.resets, 'reset'),
					...(node.losses === 0 ? [] : [`lost ${counted(node.losses, 'time')}`]),
				].join(' · '),
			]),
			...(node.reason === undefined ? [] : [el('span', 'reason', [node.reason])]),
		])
	})
	const none = byId('no-nodes')
	none.hidden = (nodes ?? []).length + followers.length > 0
	setText(none, nodes === undefined ? 'This process only reads the store.' : 'None is known.')
}

function followerRow({ chain, lag, state, url }: FollowerStatus): HTMLElement {
	const pill = el('span', 'pill', [state])
	pill.dataset.tone = FOLLOWER_TONES[state]
	const facts = [
		chain === '' ? 'chain not told yet' : `chain ${chain}`,
		'given unsafe blocks',
		...(lag === undefined ? [] : [`${counted(lag, 'block')} behind`]),
	]
	return el('li', 'row', [pill, el('b', 'url', [url]), el('span', 'quiet', [facts.join(' · ')])])
}

/** Invalidations and resets, the newest first. */
export function showEvents(events: readonly EventStatus[], now: number): void {
	const list = byId('events')
	showList(list, events, (event) => {
		const isInvalid = event.kind === 'invalidation'
		const kind = el('span', 'pill', [isInvalid ? (event.isPending ? 'invalid' : 'replaced') : 'reset'])
		kind.dataset.tone = isInvalid ? (event.isPending ? 'bad' : 'warn') : 'idle'
		const time = el('time')
		time.dateTime = new Date(event.time * 1_000).toISOString()
		return el('li', 'row', [
			kind,
			el('b', 'url', [event.subject]),
			el('span', 'quiet', [event.chain === '' ? '' : `chain ${event.chain} · `, time]),
			el('span', 'reason', [event.reason]),
		])
	})
	for (const time of list.querySelectorAll('time'))
		setText(time, `${ageText(now - Date.parse(time.dateTime) / 1_000)} ago`)
	byId('no-events').hidden = events.length > 0
}

/** What is below all. */
export function showFigures({ promotions, disk }: ClusterStatus): void {
	const facts = [
		...(promotions === undefined
			? []
			: [
					`${numberText(promotions.crossUnsafe)} moves of cross-unsafe heads and ${counted(promotions.crossSafe, 'cross-safe promotion')} since the start`,
				]),
		...(disk === undefined ? [] : [`${bytesText(disk.freeBytes)} of the disk free`]),
	]
	setText(byId('figures'), facts.join(' · '))
}
