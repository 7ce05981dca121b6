import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = 'prometheus'
/** The target that the checked-in configuration scrapes. */
const TARGET = 'localhost:7300'
const LOOK_MS = 200

export interface Series {
	readonly metric: Readonly<Record<string, string>>
	readonly value: number
}

interface Rule {
	readonly name: string
	readonly state: string
	readonly health: string
	readonly lastError?: string
}

/** The query is not one. */
export class PrometheusQueryError extends Error {
	constructor(
		readonly expr: string,
		reason: string,
	) {
		super(`${expr}: ${reason}`)
		this.name = 'PrometheusQueryError'
	}
}

/** A real Prometheus with the checked-in configuration and rules. */
export class Prometheus {
	private constructor(
		private readonly url: string,
		readonly close: () => Promise<void>,
	) {}

	/**
	 * Starts it on a folder of its own, scraping `target` (`host:port`) in place of the configured one.
	 * @param folder with prometheus.yml and what it names
	 */
	static async start(folder: string, target: string): Promise<Prometheus> {
		const directory = mkdtempSync(join(tmpdir(), 'vigil-prometheus-'))
		cpSync(folder, directory, { recursive: true })
		const config = join(directory, 'prometheus.yml')
		const text = readFileSync(config, 'utf8')
		if (!text.includes(TARGET)) throw new Error(`${config} does not scrape ${TARGET}`)
		writeFileSync(config, text.replace(TARGET, target))
		const address = `127.0.0.1:${await freePort()}`
		const child = spawn(PROGRAM, [
			`--config.file=${config}`,
			`--storage.tsdb.path=${join(directory, 'data')}`,
			`--web.listen-address=${address}`,
		])
		let log = ''
		child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
			log += chunk
		})
		const ended = once(child, 'close')
		const prometheus = new Prometheus(`http://${address}`, async () => {
			child.kill()
			await ended
			rmSync(directory, { recursive: true, force: true })
		})
		let hasEnded = false
		void ended.then(() => {
			hasEnded = true
		})
		while (!(await prometheus.#isReady())) {
			if (hasEnded) throw new Error(`Prometheus ended at once:\n${log}`)
			await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
		}
		return prometheus
	}

	/** The series that an expression has now. @throws PrometheusQueryError */
	async query(expr: string): Promise<Series[]> {
		const body = await this.#get(`/api/v1/query?query=${encodeURIComponent(expr)}`, expr)
		const { result } = body as { result: { metric: Record<string, string>; value: [number, string] }[] }
		return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
	}

	/** The rules as they were evaluated last. */
	async rules(): Promise<readonly Rule[]> {
		const { groups } = (await this.#get('/api/v1/rules', 'rules')) as { groups: { rules: Rule[] }[] }
		return groups.flatMap(({ rules }) => rules)
	}

	async #get(path: string, what: string): Promise<unknown> {
		const answer = await fetch(`${this.url}${path}`)
		const body = (await answer.json()) as { status: string; error?: string; data: unknown }
		if (body.status !== 'success') throw new PrometheusQueryError(what, body.error ?? `HTTP ${answer.status}`)
		return body.data
	}

	async #isReady(): Promise<boolean> {
		try {
			return (await fetch(`${this.url}/-/ready`)).ok
		} catch {
			return false // It does not listen yet.
		}
	}
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1')
	await once(server, 'listening')
	const { port } = server.address() as AddressInfo
	server.close()
	await once(server, 'close')
	return port
}
