import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ManagedNode } from '../../src/node/managed-node.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { closeLater, log } from './cleanup.js'
import { answerAll, eventText, NodeServer, SECRET } from './node-server.js'

const CHAIN = parseChainId('901', 'chain')

test('a node is checked, subscribed to, and delivers events in order', async () => {
	const server = closeLater(new NodeServer(answerAll({ interop_chainID: '901', interop_subscribe: '0xabc' })))
	await server.listen()
	const node = closeLater(new ManagedNode({ url: server.url, jwtSecret: SECRET, expected: CHAIN }, { log }))
	node.start()
	await once(node, 'ready')
	expect(node.chainId).toBe(901n)
	expect(server.calls.map((call) => call.method)).toEqual(['interop_chainID', 'interop_subscribe'])
	const event = once(node, 'event')
	for (const socket of server.sockets) socket.send(eventText('0xabc', { reset: 'please' }))
	expect(await event).toEqual([{ reset: 'please' }])
})
