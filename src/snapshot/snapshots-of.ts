import type { Logger } from 'pino'
import { CurrentSnapshot } from './current-snapshot.js'
import { snapshotInProcess } from './snapshot-process.js'
import { SnapshotServer } from './snapshot-server.js'

/** Serves snapshots of a data directory, each made in a process of its own. */
export function snapshotsOf(
	{ directory, maxAgeMs }: { readonly directory: string; readonly maxAgeMs: number },
	log: Logger,
): { readonly server: SnapshotServer; close(): Promise<void> } {
	const current = new CurrentSnapshot(
		{ datadir: directory, maxAgeMs },
		{ log, make: (out, signal) => snapshotInProcess(directory, out, signal) },
	)
	return { server: new SnapshotServer(current), close: () => current.close() }
}
