/** What an op-node asks about an L1 block of which it has just heard, in order. */
type Question = (block: {
	readonly hash: string
	readonly number: string
}) => readonly [method: string, ...unknown[]]

/**
 * Of a managed op-node v1.18.1 with `--l1.rpckind=standard` (op-service/sources, and the traffic of the real cluster
 * test): it polls the head; resolves the number of its next L1 block, and the header of the one that it is given; reads
 * transactions (batches) and receipts (deposits) by hash. What it asks again about a hash is in its own cache. Once in an
 * epoch it polls `safe` and `finalized`, which is left out.
 */
const QUESTIONS: readonly Question[] = [
	() => ['eth_getBlockByNumber', 'latest', false],
	({ number }) => ['eth_getBlockByNumber', number, false],
	({ hash }) => ['eth_getBlockByHash', hash, false],
	({ hash }) => ['eth_getBlockByHash', hash, true],
	({ hash }) => ['eth_getBlockReceipts', hash],
]

/** A client of L1 that asks what an op-node asks, and counts. */
export class NodeLikeClient {
	calls = 0
	bytes = 0

	constructor(private readonly url: string) {}

	/** @throws Error if there is no answer, or not about this block */
	async follow(block: { readonly hash: string; readonly number: string }): Promise<void> {
		for (const question of QUESTIONS) {
			const [method, ...params] = question(block)
			const response = await fetch(this.url, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
			})
			const text = await response.text()
			this.calls++
			this.bytes += text.length
			if (!text.includes(block.hash)) throw new Error(`${method} was answered with ${text.slice(0, 200)}`)
		}
	}
}
