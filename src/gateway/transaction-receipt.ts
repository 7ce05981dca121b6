import { type Hash, parseHash } from '../protocol/hash.js'
import { parseRecord } from '../protocol/record.js'
import { UpstreamContentError } from './errors.js'
import type { Found } from './found.js'
import type { GatewayContext } from './gateway-methods.js'
import type { TransactionPlace } from './l1-objects.js'
import { numberOf } from './verify-block.js'

/**
 * The receipt of a transaction on the chain of the view, out of the receipts of its block; undefined if the view has it
 * not (yet). op-node asks so for one after the other (`--l1.rpckind=basic`), always after the block.
 * @throws RequestError as `CanonicalView.expectThere`; the promise rejects with it, or like `Upstreams.ask`
 */
export function transactionReceipt(context: GatewayContext, transaction: Hash): Found<Buffer> {
	const { objects, view } = context
	view.expectThere()
	const place = objects.placesOf(transaction).find((one) => view.holds(one))
	if (place === undefined) return find(context, transaction)
	const receipts = objects.receipts(place.hash)
	return receipts instanceof Promise
		? receipts.then((all) => (view.holds(place) ? all?.at(place.index) : undefined))
		: receipts?.at(place.index)
}

/** The long way: of a block that was not fetched lately, or that main has to be asked for. */
async function find(context: GatewayContext, transaction: Hash): Promise<Buffer | undefined> {
	const { objects, view } = context
	const place = await placeOf(context, transaction)
	if (place === undefined || (await view.at(place.number))?.hash !== place.hash) return undefined
	const receipts = await objects.receipts(place.hash)
	if (receipts === undefined) return undefined
	if (place.index >= receipts.count)
		throw new UpstreamContentError('transactionIndex', `less than ${receipts.count}`, `${place.index}`)
	const text = receipts.at(place.index)
	const found = parseRecord(JSON.parse(text.toString()), 'receipt').transactionHash
	if (found !== transaction) throw new UpstreamContentError('transactionHash', transaction, String(found))
	// A reorg may have come in between.
	return view.holds(place) ? text : undefined
}

async function placeOf(
	{ objects, upstreams, view }: GatewayContext,
	transaction: Hash,
): Promise<TransactionPlace | undefined> {
	for (const place of objects.placesOf(transaction))
		if ((await view.at(place.number))?.hash === place.hash) return place
	return upstreams.ask('eth_getTransactionReceipt', [transaction], (answer) => {
		const receipt = parseRecord(answer, 'receipt')
		return {
			hash: parseHash(receipt.blockHash, 'receipt.blockHash'),
			number: numberOf(receipt.blockNumber, 'receipt.blockNumber'),
			index: numberOf(receipt.transactionIndex, 'receipt.transactionIndex'),
		}
	})
}
