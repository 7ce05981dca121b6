import { setTimeout as sleep } from 'node:timers/promises'
import { createLogUpdate } from 'log-update'
import { redactUrl } from '../observability/redact-url.js'
import { MalformedValueError } from '../protocol/errors.js'
import { encodeSyncStatus, parseSyncStatus, type SyncStatus } from '../protocol/sync-status.js'
import { callRpc, RpcCallError } from './call-rpc.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'
import { headLags, statusTable } from './status-table.js'

export interface StatusOptions {
	readonly rpc: string
	readonly json?: boolean
	/** Shows it again so often, until stopped. */
	readonly watchMs?: number
}

/**
 * `vigil status --rpc URL`: the heads of all chains of a running supervisor, of Vigil or another one. Resolves with
 * the exit code.
 * @throws RpcCallError, MalformedValueError; while it watches, failures are shown and it goes on.
 */
export async function statusCommand(options: StatusOptions, io: CommandIo): Promise<number> {
	if (options.watchMs === undefined) {
		io.stdout.write(await statusText(options))
		return EXIT_OK
	}
	await watch(options, options.watchMs, io)
	return EXIT_OK
}

async function watch(
	options: StatusOptions,
	intervalMs: number,
	{ stdout, stopSignal }: CommandIo,
): Promise<void> {
	const stop = stopSignal()
	const isLive = !options.json && 'isTTY' in stdout && stdout.isTTY === true
	const live = createLogUpdate(stdout, { showCursor: true })
	const show = isLive ? live : (text: string) => stdout.write(text)
	while (!stop.aborted) {
		show(await statusText(options).catch((error: unknown) => failureText(error, options)))
		// Aborted by a signal: the loop ends.
		await sleep(intervalMs, undefined, { signal: stop }).catch(() => undefined)
	}
	if (isLive) live.done()
}

async function statusText({ rpc, json = false }: StatusOptions): Promise<string> {
	const status = parseSyncStatus(await callRpc(rpc, 'supervisor_syncStatus', []), 'supervisor_syncStatus')
	const now = Date.now()
	if (json) return `${JSON.stringify(statusJson(status, now))}\n`
	return `${redactUrl(rpc)} at ${new Date(now).toISOString()}\n${statusTable(status, Math.floor(now / 1000))}`
}

function statusJson(status: SyncStatus, now: number): object {
	const lags = Object.fromEntries([...status.chains].map(([chainId, chain]) => [chainId, headLags(chain)]))
	return { time: new Date(now).toISOString(), ...encodeSyncStatus(status), lags }
}

function failureText(error: unknown, { json }: StatusOptions): string {
	if (!(error instanceof RpcCallError || error instanceof MalformedValueError)) throw error
	return json ? `${JSON.stringify({ error: error.message })}\n` : `${error.message}\n`
}
