import { pino } from 'pino'
import { L1Feed, type L1FeedOptions } from '../../src/l1/l1-feed.js'
import type { BlockRef } from '../../src/protocol/block.js'

export interface LogLine {
	readonly level: number
	readonly msg: string
	readonly [field: string]: unknown
}

/** A feed that polls fast, with what it logs. */
export function feedUnderTest(urls: readonly string[], options: Partial<L1FeedOptions> = {}) {
	const lines: LogLine[] = []
	const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
	const feed = new L1Feed(
		{ urls, confirmationDepth: 2, pollIntervalMs: 20, finalizedPollIntervalMs: 20, ...options },
		{ log },
	)
	return { feed, lines }
}

/** Resolves when the feed's tip is at `number`. */
export async function tipAt(feed: L1Feed, number: number): Promise<BlockRef> {
	return at(feed, 'tip', () => feed.tip, number)
}

/** Resolves when the feed's finalized block is at `number`. */
export async function finalizedAt(feed: L1Feed, number: number): Promise<BlockRef> {
	return at(feed, 'finalized', () => feed.finalized, number)
}

function at(
	feed: L1Feed,
	event: 'tip' | 'finalized',
	now: () => BlockRef | undefined,
	number: number,
): Promise<BlockRef> {
	const present = now()
	if (present?.number === number) return Promise.resolve(present)
	return new Promise((resolve) => {
		const look = (block: BlockRef) => {
			if (block.number !== number) return
			feed.off(event, look)
			resolve(block)
		}
		feed.on(event, look)
	})
}
