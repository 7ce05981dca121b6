import { redactUrl } from '../observability/redact-url.js'
import type { Span } from '../recording/record/find-span.js'
import { PoliteRpc } from '../recording/record/polite-rpc.js'
import { recordCluster } from '../recording/record/record-cluster.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'
import { ProgressBar } from './progress-bar.js'

export interface RecordOptions {
	/** One for each chain. */
	readonly l2Rpc: readonly string[]
	readonly l1Rpc: string
	/** Blocks of the first chain. */
	readonly span: Span
	readonly output: string
	/** Requests in flight at each endpoint. */
	readonly parallel: number
}

/**
 * `vigil record`: makes a recording of running chains. Resolves with the exit code.
 * @throws RecordingError; RecordStoppedError when it is told to stop; errors of the file system
 */
export async function recordCommand(options: RecordOptions, io: CommandIo): Promise<number> {
	const { l2Rpc, l1Rpc, span, output, parallel } = options
	const stop = io.stopSignal()
	const ended = new AbortController()
	const end = () => ended.abort()
	stop.addEventListener('abort', end, { once: true })
	const { signal } = ended
	const rpc = (name: string, url: string) =>
		new PoliteRpc({ name: `${name} (${redactUrl(url)})`, url, parallel, signal })
	const bar = new ProgressBar(io.stderr)
	try {
		const { recording, messagesFromOutside } = await recordCluster(
			{
				l1: rpc('the L1 RPC', l1Rpc),
				l2: l2Rpc.map((url, at) => rpc(l2Rpc.length === 1 ? 'the L2 RPC' : `L2 RPC ${at + 1}`, url)),
				span,
				output,
			},
			{ fetched: (done, total, part) => bar.update({ part, done, total }) },
		)
		bar.clear()
		const chains = recording.chains.map(({ chainId, blocks }) => `chain ${chainId}: ${blocks.length} blocks`)
		io.stdout.write(`${output}: L1: ${recording.l1.length} blocks, ${chains.join(', ')}\n`)
		if (messagesFromOutside > 0) {
			io.stderr.write(
				`vigil: ${messagesFromOutside} messages were initiated outside of the recording; a supervisor that follows it will find their blocks invalid, so it names no cross-unsafe and cross-safe heads\n`,
			)
		}
		return EXIT_OK
	} finally {
		bar.clear()
		// What one chain still fetches when another has failed is not needed.
		end()
		stop.removeEventListener('abort', end)
	}
}
