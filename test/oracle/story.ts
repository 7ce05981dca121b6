import { executedBy } from './message-claim.js'
import { FINAL, type World, type WorldBlock } from './world.js'

/** A cluster and what happened to it, for whoever has to find out why a run failed. */
export function tellStory(world: World, told: readonly string[], wrong: readonly string[]): string {
	const { plan } = world
	const lines = [`L1 ends at ${plan.l1Height}; messages can be executed for ${plan.expiryWindow} s`]
	for (const { letter, chainId, blockTime, anchor } of world.chains)
		lines.push(
			`chain ${letter} = ${chainId}: ${anchor.name} at ${anchor.ref.timestamp}, every ${blockTime} s`,
		)
	plan.branches.forEach(({ length }, i) => {
		lines.push(`L1 branch ${i + 1} leaves after ${world.forkOf(i + 1)}, ${length} blocks long`)
	})
	const seen = new Set<WorldBlock>()
	for (const chain of world.chains)
		for (let branch = FINAL; branch < world.l1Heights.length; branch++)
			for (let next = world.child(chain.anchor, branch); next; next = world.child(next.block, branch)) {
				if (seen.has(next.block)) continue
				seen.add(next.block)
				lines.push(`  ${describe(world, next.block)}; from L1 ${next.source} of branch ${branch}`)
			}
	return [
		'',
		'The cluster',
		...lines,
		'What happened',
		...told.map((line, i) => `${i + 1}. ${line}`),
		'What is wrong',
		...wrong,
		'',
	].join('\n')
}

function describe(world: World, block: WorldBlock): string {
	const { ref, logs, depositCount } = block
	const messages = executedBy(block).map(({ logIndex, message }) => {
		const of = world.chains.find(({ chainId }) => chainId === message.chainId)
		const { blockNumber, timestamp, logIndex: at } = message
		return `log ${logIndex} executes ${of?.letter ?? 'unknown chain '}${blockNumber} log ${at} at ${timestamp}`
	})
	const size = `${logs.length} logs, ${depositCount} of deposits`
	return [`${block.name} at ${ref.timestamp}: ${size}`, ...messages].join(', ')
}
