import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An execution node that answers any call at once, in a process of its own: what is measured is not the node. The first
 * argument is its chain ID; its port goes to the parent.
 */
const chainId = `0x${Number(process.argv[2]).toString(16)}`
const server = createServer((request, response) => {
	const chunks: Buffer[] = []
	request.on('data', (chunk: Buffer) => chunks.push(chunk))
	request.on('end', () => {
		const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string }
		const result = method === 'eth_chainId' ? chainId : '0x1bc16d674ec80000'
		response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
	})
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
