import type { ClusterStatus } from '../status-message.js'
import { byId, el, setText, showList } from './element.js'
import { bytesText, counted } from './words.js'

/** Something that wants an operator, and the section of docs/runbooks.md that says what to do. */
export interface Notice {
	readonly tone: 'bad' | 'warn'
	readonly text: string
	readonly runbook: string
	/** The same while only figures in the text change. */
	readonly key: string
}

const RUNBOOKS: Readonly<Record<string, string>> = {
	'chain-stopped': 'VigilChainStopped',
	'no-node': 'VigilNodeDown',
	'no-l1': 'VigilL1Stalled',
	'l1-held': 'VigilL1Contradicts',
	'storage-fault': 'VigilStorageFault',
}

/** Part of a disk that should be free, as in the alert. */
const LEAST_FREE = 0.1

/** Everything that is not as it should be, the worst first. */
export function noticesOf(cluster: ClusterStatus): Notice[] {
	const notices: Notice[] = []
	const add = (tone: Notice['tone'], runbook: string, about: string, text: string) =>
		notices.push({ tone, runbook, text, key: `${runbook} ${about}` })
	if (cluster.failsafe) add('bad', 'VigilFailsafeOn', '', 'Failsafe is on: all access lists are refused')
	for (const { code, chain = '', reason } of cluster.notReady) {
		const isWork = code === 'no-blocks' || code === 'index-behind'
		add(isWork ? 'warn' : 'bad', RUNBOOKS[code] ?? 'VigilNotReady', `${code} ${chain}`, reason)
	}
	for (const { chain, dispute, pendingInvalidations: pending } of cluster.chains) {
		if (dispute !== undefined) {
			const { number, hash, other } = dispute
			const sides = `${hash.slice(0, 10)} here, ${other.slice(0, 10)} there`
			const text = `Nodes of chain ${chain} disagree on block ${number}: ${sides}`
			add('bad', 'VigilChainDisputed', chain, text)
		}
		if (pending > 0) {
			const text = `${counted(pending, 'invalid block')} of chain ${chain} to be replaced`
			add('bad', 'VigilReplacementMissing', chain, text)
		}
	}
	for (const { url, state, reason } of cluster.nodes ?? []) {
		if (state === 'ready' || state === 'closed' || reason === undefined) continue
		add('warn', 'VigilNodeDown', url, `Node ${url} is ${state}: ${reason}`)
	}
	const { disk } = cluster
	if (disk !== undefined && disk.freeBytes < disk.sizeBytes * LEAST_FREE)
		add('warn', 'VigilDiskNearlyFull', '', `The disk has ${bytesText(disk.freeBytes)} left`)
	return notices.sort((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn'))
}

/** Shows notices, or that there are none. */
export function showNotices(notices: readonly Notice[], calm = 'Nothing needs attention.'): void {
	showList(byId('attention'), notices, ({ tone, text, runbook }) => {
		const item = el('li', 'notice', [
			el('strong', '', [tone === 'bad' ? 'Critical' : 'Warning']),
			el('span', '', [text]),
			el('small', '', [`Runbook ${runbook}`]),
		])
		item.dataset.tone = tone
		return item
	})
	byId('calm').hidden = notices.length > 0
	setText(byId('calm'), calm)
}
