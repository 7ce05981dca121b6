import { Random } from '../../src/recording/generate/random.js'
import type { Call } from '../supervisor/node-front.js'
import type { Fault } from './fault-plan.js'
import type { SimulatedCluster } from './simulated-cluster.js'
import type { SimulatedNode } from './simulated-node.js'

type NodeFaultOf = Fault & { readonly on: 'node' }

/** Begins a fault; the returned function ends it. */
export function injectFault(cluster: SimulatedCluster, fault: Exclude<Fault, { on: 'vigil' }>): () => void {
	if (fault.on === 'l1') return troubleL1(cluster, fault)
	const node = cluster.nodes[fault.node]
	return node === undefined ? () => undefined : troubleNode(cluster, node, fault)
}

function troubleL1(cluster: SimulatedCluster, fault: Fault & { readonly on: 'l1' }): () => void {
	const { trouble } = cluster
	switch (fault.kind) {
		case 'down':
			cluster.isL1Down = true
			return () => {
				cluster.isL1Down = false
			}
		case 'fail':
			trouble.errorShare = fault.amount / 10
			return () => {
				trouble.errorShare = 0
			}
		case 'behind':
		case 'views':
			trouble.behind = fault.kind === 'behind' ? 'always' : 'sometimes'
			return () => {
				trouble.behind = 'never'
			}
	}
}

function troubleNode(cluster: SimulatedCluster, node: SimulatedNode, fault: NodeFaultOf): () => void {
	const { front } = node
	const random = new Random(fault.t, fault.node, fault.amount)
	const isHit = () => random.below(10) < fault.amount
	const calm = () => {
		front.onAnswer = (_, answer) => answer
		front.onEvent = (event) => [event]
		front.beforeEvent = undefined
	}
	switch (fault.kind) {
		case 'drop':
			front.drop()
			return () => undefined
		case 'halfFrame':
			front.dropInFrame()
			return () => undefined
		case 'junk':
			front.say(
				isHit() ? 'not JSON' : '{"jsonrpc":"2.0","method":"interop_subscription","params":{"result":7}}',
			)
			return () => undefined
		case 'down':
		case 'restart': {
			if (fault.kind === 'restart') node.restart(fault.amount - 1)
			front.refusing = true
			return () => {
				front.refusing = false
			}
		}
		case 'swallow':
			front.onEvent = (event) => (isHit() ? [] : [event])
			return calm
		case 'repeat':
			front.onEvent = (event) => (isHit() ? [event, event] : [event])
			return calm
		case 'slow': {
			const longest = cluster.realMs(fault.amount * 600)
			const wait = () => new Promise<void>((resolve) => setTimeout(resolve, random.below(longest)))
			front.onAnswer = async (_, answer) => {
				await wait()
				return answer
			}
			front.beforeEvent = wait
			return calm
		}
		case 'fail':
			front.onAnswer = (call, answer) => (isHit() ? failure(call, random) : answer)
			return calm
		case 'mute':
			front.onAnswer = (call, answer) =>
				isHit() ? Buffer.from(`{"jsonrpc":"2.0","id":${call.id + 1_000_000},"result":null}`) : answer
			return () => {
				calm()
				front.drop()
			}
	}
}

function failure(call: Call, random: Random): Buffer {
	const errors = [
		{ code: -32000, message: 'internal error: try again' },
		{ code: -32603, message: 'failed to find block reference' },
		{ code: -32000, message: 'context deadline exceeded' },
	]
	return Buffer.from(
		JSON.stringify({ jsonrpc: '2.0', id: call.id, error: errors[random.below(errors.length)] }),
	)
}
