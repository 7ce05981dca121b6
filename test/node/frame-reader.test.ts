import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { FrameError } from '../../src/node/frame-error.js'
import { FrameReader } from '../../src/node/frame-reader.js'

const MAX_MESSAGE_BYTES = 300_000
const TEXT = 0x81
const MB = 1 << 20

type Event = readonly [kind: string, detail: string | number, text?: string]

/** What our reader makes of these reads. */
function readOurs(reads: readonly Buffer[], maxMessageBytes = MAX_MESSAGE_BYTES): Event[] {
	const events: Event[] = []
	const reader = new FrameReader(
		{ maxMessageBytes },
		{
			onMessage: (data, isBinary) =>
				events.push(['message', isBinary ? 'binary' : 'text', data.toString('latin1')]),
			onPing: (payload) => events.push(['ping', payload.toString('latin1')]),
			onPong: () => events.push(['pong', '']),
			onClose: (code, reason) => events.push(['close', code, reason.toString('latin1')]),
		},
	)
	try {
		for (const read of reads) {
			for (let from = 0; from < read.length; ) {
				const space = reader.space()
				if (space.length === 0) return events
				const count = read.copy(space, 0, from)
				// A reader must not look behind what was read.
				space.fill(0x81, count, Math.min(space.length, count + 64))
				reader.take(count)
				from += count
			}
		}
	} catch (error) {
		if (!(error instanceof FrameError)) throw error
		events.push(['error', error.code])
	}
	return events
}

function neverCalled(): never {
	return expect.fail('this must not be called')
}

interface WsReceiver extends NodeJS.WritableStream {
	on(event: string, listener: (...args: never[]) => void): this
}

/** What `ws` makes of them: the specification of ours. */
async function readTheirs(reads: readonly Buffer[]): Promise<Event[]> {
	const Receiver: unknown = Reflect.get(ws, 'Receiver')
	if (typeof Receiver !== 'function') return expect.fail('ws has no receiver')
	const options = {
		maxPayload: MAX_MESSAGE_BYTES,
		maxFragments: 16 * 1024,
		skipUTF8Validation: true,
		isServer: false,
		extensions: {},
	}
	const receiver: WsReceiver = Reflect.construct(Receiver, [options])
	const events: Event[] = []
	receiver
		.on('message', (data: Buffer, isBinary: boolean) =>
			events.push(['message', isBinary ? 'binary' : 'text', data.toString('latin1')]),
		)
		.on('ping', (payload: Buffer) => events.push(['ping', payload.toString('latin1')]))
		.on('pong', () => events.push(['pong', '']))
		.on('conclude', (code: number, reason: Buffer) => events.push(['close', code, reason.toString('latin1')]))
		.on('error', (error: Error & { code: string }) => events.push(['error', error.code]))
	for (const read of reads) {
		if (events.some(([kind]) => kind === 'close' || kind === 'error')) break
		await new Promise<void>((resolve) => receiver.write(read, () => resolve()))
	}
	return events
}

function frame(first: number, payload: Buffer, second = 0): Buffer {
	const { length } = payload
	if (length < 126) return Buffer.concat([Buffer.from([first, second | length]), payload])
	const head = Buffer.alloc(length < 65_536 ? 4 : 10)
	head[0] = first
	head[1] = second | (length < 65_536 ? 126 : 127)
	if (length < 65_536) head.writeUInt16BE(length, 2)
	else head.writeBigUInt64BE(BigInt(length), 2)
	return Buffer.concat([head, payload])
}

/** Cuts a stream into reads at these places. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
	const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b)
	return ends
		.map((end, i) => stream.subarray(i === 0 ? 0 : ends[i - 1], end))
		.filter((read) => read.length > 0)
}

const payload = fc.oneof(
	{ weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
	{
		weight: 1,
		arbitrary: fc.constantFrom(125, 126, 127, 65_535, 65_536).map((n) => new Uint8Array(n).fill(n)),
	},
)
/** A message of some fragments, with control frames between them. */
const message = fc
	.tuple(fc.constantFrom(1, 2), fc.array(payload, { minLength: 1, maxLength: 4 }), fc.boolean())
	.map(([opcode, parts, hasPing]) =>
		Buffer.concat(
			parts.flatMap((part, i) => {
				const first = (i === 0 ? opcode : 0) | (i === parts.length - 1 ? 0x80 : 0)
				const ping = hasPing ? [frame(0x89, Buffer.from(`ping ${i}`))] : []
				return [frame(first, Buffer.from(part)), ...ping]
			}),
		),
	)
const control = fc
	.tuple(fc.constantFrom(0x88, 0x89, 0x8a), fc.uint8Array({ maxLength: 125 }))
	.map(([first, bytes]) => frame(first, Buffer.from(bytes)))
const anything = fc
	.tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 20 }))
	.map(([first, second, bytes]) => Buffer.from([first, second, ...bytes]))
const stream = fc
	.array(
		fc.oneof(
			{ weight: 10, arbitrary: message },
			{ weight: 2, arbitrary: control },
			{ weight: 1, arbitrary: anything },
		),
		{ maxLength: 12 },
	)
	.map((frames) => Buffer.concat(frames))

test('reads whatever comes, however it is cut, as ws does', async () => {
	await fc.assert(
		fc.asyncProperty(stream, fc.array(fc.nat(), { maxLength: 30 }), async (bytes, places) => {
			const reads = cut(bytes, places)
			expect(readOurs(reads)).toEqual(await readTheirs(reads))
		}),
		{ numRuns: 2_000 },
	)
})

test('reads frames byte by byte', () => {
	const bytes = Buffer.concat([
		frame(1, Buffer.from('hel')),
		frame(0x89, Buffer.from('ping')),
		frame(0x80, Buffer.from('lo')),
		frame(TEXT, Buffer.alloc(70_000, 'x')),
	])
	expect(readOurs([...bytes].map((byte) => Buffer.from([byte])))).toEqual([
		['ping', 'ping'],
		['message', 'text', 'hello'],
		['message', 'text', 'x'.repeat(70_000)],
	])
})

test.each([0.1, 0.9, 1, 1.1, 3, 20])('reads messages of %f MB beside small ones', (size) => {
	const large = Buffer.alloc(size * MB, 'large')
	const parts = [
		frame(TEXT, Buffer.from('before')),
		frame(1, large.subarray(0, large.length / 3)),
		frame(0, large.subarray(large.length / 3)),
		frame(0x80, Buffer.alloc(0)),
		frame(TEXT, Buffer.from('after')),
		frame(TEXT, large),
	]
	const stream = Buffer.concat([...parts, ...parts])
	const places = Array.from({ length: stream.length / 100_000 }, (_, i) => i * 100_000)
	const events = readOurs(cut(stream, places), 32 * MB)
	expect(events.map(([, , text = '']) => text.length)).toEqual(
		[6, large.length, 5, large.length, 6, large.length, 5, large.length].map(Number),
	)
	for (const [, , text] of events) expect(['before', 'after', large.toString('latin1')]).toContain(text)
})

test('what was announced costs nothing before it comes', () => {
	const reader = new FrameReader(
		{ maxMessageBytes: 128 * MB },
		{ onMessage: neverCalled, onPing: neverCalled, onPong: neverCalled, onClose: neverCalled },
	)
	const head = frame(TEXT, Buffer.alloc(128 * MB)).subarray(0, 100)
	head.copy(reader.space())
	reader.take(head.length)
	expect(reader.space().buffer.byteLength).toBeLessThanOrEqual(MB)
})

test('a large buffer is given back when only small messages come', () => {
	const reader = new FrameReader(
		{ maxMessageBytes: 128 * MB },
		{ onMessage: () => undefined, onPing: neverCalled, onPong: neverCalled, onClose: neverCalled },
	)
	const size = () => reader.space().buffer.byteLength
	const before = size()
	reader.takeCopy(frame(TEXT, Buffer.alloc(3 * MB)))
	const grown = size()
	expect(grown).toBeGreaterThan(3 * MB)
	for (let i = 0; i < 200; i++) reader.takeCopy(frame(TEXT, Buffer.alloc(100)))
	expect(size()).toBe(grown)
	reader.takeCopy(frame(TEXT, Buffer.alloc(3 * MB)))
	for (let i = 0; i < 300; i++) reader.takeCopy(frame(TEXT, Buffer.alloc(100)))
	expect(size()).toBe(before)
})

test('nothing is handed over after the reader was stopped in the middle of a read', () => {
	const seen: string[] = []
	const reader = new FrameReader(
		{ maxMessageBytes: MB },
		{
			onMessage: (data) => {
				seen.push(String(data))
				reader.stop()
			},
			onPing: neverCalled,
			onPong: neverCalled,
			onClose: neverCalled,
		},
	)
	reader.takeCopy(Buffer.concat([frame(TEXT, Buffer.from('one')), frame(TEXT, Buffer.from('two'))]))
	expect(seen).toEqual(['one'])
	expect(reader.space()).toHaveLength(0)
})
