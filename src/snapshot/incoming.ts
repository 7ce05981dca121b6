import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { INCOMING_FOLDER } from '../storage/index.js'
import { encodeManifest, MANIFEST_FILE, parseManifest, type SnapshotManifest } from './manifest.js'
import { syncDirectory } from './sync-to-disk.js'

/** Says that all files are whole and only have to be put into their places. */
const VERIFIED_FILE = 'verified'

/** What has come of a snapshot so far, in a folder of the data directory; it survives restarts. */
export class IncomingSnapshot {
	readonly folder: string

	constructor(private readonly directory: string) {
		this.folder = join(directory, INCOMING_FOLDER)
	}

	/** The manifest of the snapshot that was begun; undefined if none was, or it cannot be read. */
	async begun(): Promise<SnapshotManifest | undefined> {
		try {
			return parseManifest(await readFile(join(this.folder, MANIFEST_FILE), 'utf8'))
		} catch {
			// None, or what a power loss has left of it: begin again.
			return undefined
		}
	}

	/** Begins another snapshot: what was there of an earlier one goes. */
	async begin(manifest: SnapshotManifest): Promise<void> {
		await this.remove()
		await mkdir(this.folder, { recursive: true })
		await write(join(this.folder, MANIFEST_FILE), encodeManifest(manifest))
	}

	path(name: string): string {
		return join(this.folder, name)
	}

	async isVerified(): Promise<boolean> {
		return readFile(this.path(VERIFIED_FILE)).then(
			() => true,
			() => false,
		)
	}

	/**
	 * Puts the files into the data directory, `meta.mdb` last: it makes a store of them. A crash in between is taken up
	 * by calling it again.
	 */
	async finish({ files }: SnapshotManifest): Promise<void> {
		await write(this.path(VERIFIED_FILE), '')
		await syncDirectory(this.folder)
		for (const { name } of [...files].reverse()) {
			await rename(this.path(name), join(this.directory, name)).catch((error: NodeJS.ErrnoException) => {
				// It is there already, from before the crash.
				if (error.code !== 'ENOENT') throw error
			})
			await syncDirectory(this.directory)
		}
		await this.remove()
	}

	async remove(): Promise<void> {
		await rm(this.folder, { recursive: true, force: true })
	}
}

async function write(path: string, text: string): Promise<void> {
	const file = await open(path, 'w')
	try {
		await file.writeFile(text)
		await file.sync()
	} finally {
		await file.close()
	}
}
