import type { ClusterReads, Cut, CutNews, ReadLevel } from './cluster-reads.js'

/** A reorg of more cuts than these is told without the cut that still holds. */
const MAX_TOLD = 64

/** What one subscriber has been told of the cuts of a level. */
export class CutFollower {
	#told: readonly Cut[] = []

	constructor(
		private readonly reads: Pick<ClusterReads, 'news'>,
		private readonly level: ReadLevel,
	) {}

	/** What is to be told now, in order. */
	next(): readonly CutNews[] {
		const news = this.reads.news(this.level, this.#told)
		for (const one of news) {
			if (one.kind === 'cut') this.#told = [...this.#told, one.cut].slice(-MAX_TOLD)
			else {
				const { common } = one
				const last = this.#told.findLastIndex(
					({ l1, timestamp }) => timestamp === common?.timestamp && l1?.hash === common.l1?.hash,
				)
				this.#told = this.#told.slice(0, last + 1)
			}
		}
		return news
	}
}
