import { loadRecording } from '../../../src/recording/load-recording.js'
import type { Step } from '../step.js'
import { expectCanonical } from './expect-canonical.js'

export const recorded: Step = {
	rule: 'what `vigil record` makes of the running chains has their blocks, and is indexed to its heads',
	leftOut: { 'op-supervisor': 'it makes no recordings' },
	async run(cluster) {
		const { chains, l1, supervisor } = cluster
		const heads = await Promise.all(chains.map(async ({ node }) => (await node.heads()).crossSafe.number))
		// The chains began at one time, so their blocks of one number are of one time.
		const last = Math.min(...heads)
		const file = cluster.file('recorded.vigil')
		await supervisor.command('record', [
			...chains.map(({ node }) => `--l2-rpc=${node.engineUrl}`),
			...[`--l1-rpc=${l1.url}`, '--from=1', `--to=${last}`, `--output=${file}`],
		])
		const recording = await loadRecording(file)
		for (const { chainId, node } of chains) {
			const chain = recording.chains.find((other) => other.chainId === BigInt(chainId))
			const blocks = chain?.blocks ?? []
			if (blocks.length !== last)
				throw new Error(`${node.name}: ${blocks.length} blocks were recorded, not ${last}`)
			for (const { block } of blocks) await expectCanonical(node, block)
		}
		await supervisor.command('demo', [`--recording=${file}`])
		return `blocks 1 to ${last} of both chains`
	},
}
