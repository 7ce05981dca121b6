/** A line of a plot. */
export interface PlotLine {
	readonly name: string
	readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PlotOptions {
	readonly title: string
	readonly x: string
	readonly y: string
	/** Where values differ by orders of magnitude, `log` shows them all. */
	readonly scale: 'linear' | 'log'
	readonly lines: readonly PlotLine[]
}

const WIDTH = 720
const HEIGHT = 400
const MARGIN = { top: 48, right: 24, bottom: 52, left: 76 }
const TICKS = 5
/** Of lines, one after the other; readable on white and on black. */
const COLORS = ['#2f81f7', '#d97706', '#2da44e']

/** The text colour follows what the reader has chosen. */
const STYLE = `
	text { font: 13px system-ui, sans-serif; fill: #24292f; }
	.title { font-size: 15px; font-weight: 600; }
	.grid { stroke: #8c959f; stroke-opacity: 0.3; }
	.line { fill: none; stroke-width: 2; }
	@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
`

/** A plot of lines as SVG, for light and dark pages. */
export function linePlot({ title, x, y, scale, lines }: PlotOptions): string {
	const points = lines.flatMap((line) => line.points)
	const maxX = Math.max(1, ...points.map(([value]) => value))
	const rising = risingScale(
		scale,
		points.map(([, value]) => value),
	)
	const across = (value: number) => MARGIN.left + (value / maxX) * (WIDTH - MARGIN.left - MARGIN.right)
	const up = (value: number) =>
		HEIGHT - MARGIN.bottom - rising.share(value) * (HEIGHT - MARGIN.top - MARGIN.bottom)
	const right = WIDTH - MARGIN.right
	const parts = [
		`<text class="title" x="${MARGIN.left}" y="24">${escaped(title)}</text>`,
		...rising.ticks.flatMap((tick) => [
			`<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(up(tick))}" y2="${at(up(tick))}"/>`,
			`<text x="${MARGIN.left - 8}" y="${at(up(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
		]),
		...evenTicks(maxX).map(
			(tick) =>
				`<text x="${at(across(tick))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
		),
		`<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(x)}</text>`,
		`<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
		...lines.flatMap((line, index) => {
			const color = COLORS[index % COLORS.length]
			const places = line.points.map(([a, b]) => [at(across(a)), at(up(b))] as const)
			return [
				`<polyline class="line" stroke="${color}" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
				...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`),
				`<text x="${right}" y="${24 + index * 18}" text-anchor="end" style="fill: ${color}">${escaped(line.name)}</text>`,
			]
		}),
	]
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
		`<style>${STYLE}</style>`,
		...parts,
		'</svg>',
		'',
	].join('\n')
}

interface Rising {
	/** Where a value stands between bottom and top: 0 to 1. */
	share(value: number): number
	readonly ticks: readonly number[]
}

function risingScale(scale: PlotOptions['scale'], values: readonly number[]): Rising {
	const max = Math.max(1, ...values)
	if (scale === 'linear') {
		const ticks = evenTicks(max)
		const top = Math.max(max, ticks.at(-1) ?? max)
		return { share: (value) => value / top, ticks }
	}
	const low = Math.floor(Math.log10(Math.max(1e-3, Math.min(max, ...values.filter((value) => value > 0)))))
	const high = Math.max(low + 1, Math.ceil(Math.log10(max)))
	return {
		share: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low),
		ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
	}
}

/** About five round numbers from 0 on. */
function evenTicks(max: number): number[] {
	const rough = max / TICKS
	const power = 10 ** Math.floor(Math.log10(rough))
	const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough
	return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step)
}

function label(value: number): string {
	return value.toLocaleString('en', { maximumFractionDigits: 2 })
}

function at(value: number): string {
	return value.toFixed(1)
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
