/**
 * A process of its own for the test that nothing keeps it alive after `close`: connects, leaves a call, a queued
 * call and a waiting dial behind, closes, and has to exit without process.exit.
 */
import { once } from 'node:events'
import { pino } from 'pino'
import { ManagedNode } from '../../../src/node/managed-node.js'
import { NodeClient } from '../../../src/node/node-client.js'
import { parseChainId } from '../../../src/protocol/chain-id.js'

const [url = '', secret = ''] = process.argv.slice(2)
const jwtSecret = new Uint8Array(Buffer.from(secret, 'hex'))
const modules = { log: pino({ level: 'silent' }) }

const client = new NodeClient({ url, jwtSecret, maxCallsInFlight: 1 }, modules)
client.start()
await client.whenConnected()
const calls = Promise.allSettled([client.call('first', []), client.call('second', [])])

const unreachable = new NodeClient(
	{ url: 'ws://127.0.0.1:1', jwtSecret, reconnect: { minDelayMs: 600_000, maxDelayMs: 600_000 } },
	modules,
)
unreachable.start()
await once(unreachable, 'unreachable')

const node = new ManagedNode({ url, jwtSecret, expected: parseChainId('901', 'chain') }, modules)
node.start()

await Promise.all([client.close(), unreachable.close(), node.close()])
const outcomes = await calls
process.exitCode = outcomes.every((outcome) => outcome.status === 'rejected') ? 0 : 1
