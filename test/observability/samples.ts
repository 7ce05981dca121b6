export interface Sample {
	readonly name: string
	readonly labels: Readonly<Record<string, string>>
	readonly value: number
}

/** What is in a text of Prometheus' format. */
export class Samples {
	private constructor(private readonly samples: readonly Sample[]) {}

	static parse(text: string): Samples {
		const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
		return new Samples(
			lines.map((line) => {
				const match = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line)
				if (match === null) throw new Error(`no sample: ${line}`)
				const [, name = '', labels = '', value] = match
				const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
				return {
					name,
					labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
					value: Number(value),
				}
			}),
		)
	}

	/** Samples of a name that have these labels, and maybe others. */
	all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
		const wanted = Object.entries(labels)
		return this.samples.filter(
			(sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
		)
	}

	/** Sum of these samples, NaN if there is none. */
	value(name: string, labels: Readonly<Record<string, string>> = {}): number {
		const found = this.all(name, labels)
		return found.length === 0 ? Number.NaN : found.reduce((sum, { value }) => sum + value, 0)
	}
}
