import type { ClusterStatus, StatusMessage } from '../status-message.js'
import { Announcer } from './announcer.js'
import { type Notice, noticesOf, showNotices } from './attention.js'
import { byId, setText } from './element.js'
import { Lanes } from './lanes.js'
import { showEvents, showFigures, showNodes } from './lists.js'
import { Rates } from './rates.js'
import { type Liveness, Stream } from './stream.js'
import { ageText, counted } from './words.js'

const announcer = new Announcer()
const lanes = new Lanes()
const rates = new Rates()
/** What has been told to screen readers, or is what the page began with: keys of notices, and the newest event. */
let saidNotices: ReadonlySet<string> | undefined
let saidEvent: string | undefined
let isLiveSaid = false

function setPill(id: string, tone: string, text: string): void {
	const pill = byId(id)
	pill.dataset.tone = tone
	setText(pill, text)
}

/** Tells screen readers what is new: a trouble, that all is well again, or an invalidation or reset. */
function sayNews(notices: readonly Notice[], [event]: ClusterStatus['events']): void {
	const keys = new Set(notices.map(({ key }) => key))
	if (saidNotices !== undefined) {
		for (const { key, text } of notices) if (!saidNotices.has(key)) announcer.say(text)
		if (keys.size === 0 && saidNotices.size > 0) announcer.say('Nothing needs attention')
	}
	saidNotices = keys
	const newest = event === undefined ? '' : `${event.kind} of ${event.subject}: ${event.reason}`
	if (saidEvent !== undefined && newest !== saidEvent) announcer.say(newest)
	saidEvent = newest
}

function show(message: StatusMessage): void {
	const { cluster, fault, time, version } = message
	setText(byId('version'), version)
	if (message.rates !== undefined) rates.add(message.rates)
	if (cluster === undefined) showNoCluster(fault)
	else showCluster(cluster, time / 1_000)
}

function showNoCluster(fault: string | undefined): void {
	if (fault === undefined) {
		setPill('verdict', 'idle', 'Starting')
		showNotices([], 'The cluster is about to begin.')
		return
	}
	setPill('verdict', 'bad', 'Cannot be read')
	const text = `The cluster cannot be read: ${fault}`
	showNotices([{ tone: 'bad', text, runbook: 'VigilStorageFault', key: 'fault' }])
}

function showCluster(cluster: ClusterStatus, now: number): void {
	const { notReady, failsafe } = cluster
	if (notReady.length === 0) setPill('verdict', 'good', 'Ready')
	else setPill('verdict', 'warn', `Not ready: ${counted(notReady.length, 'reason')}`)
	setPill('failsafe', failsafe ? 'bad' : 'good', failsafe ? 'Failsafe on' : 'Failsafe off')
	const notices = noticesOf(cluster)
	showNotices(notices)
	sayNews(notices, cluster.events)
	lanes.show(cluster, now, rates)
	showNodes(cluster)
	showEvents(cluster.events, now)
	showFigures(cluster)
}

const LIVE_TEXTS: Readonly<Record<Liveness, string>> = {
	connecting: 'Connecting',
	live: 'Live',
	late: 'Not live',
	lost: 'Not live, dialling again',
	paused: 'Paused',
}

function showLiveness(liveness: Liveness, silentMs: number | undefined): void {
	document.body.dataset.live = liveness
	const since =
		silentMs === undefined || liveness === 'live' ? '' : `, as of ${ageText(silentMs / 1_000)} ago`
	setText(byId('live'), LIVE_TEXTS[liveness] + since)
	const isGone = liveness === 'late' || liveness === 'lost'
	document.title = isGone ? 'Not live - Vigil' : `${byId('verdict').textContent} - Vigil`
	if (liveness === 'live') {
		if (isLiveSaid) announcer.say('The page is live again')
		isLiveSaid = false
	} else if (isGone && silentMs !== undefined && !isLiveSaid) {
		announcer.say('The page is not live: what it shows is old')
		isLiveSaid = true
	}
}

const stream = new Stream({
	history: (message) => rates.begin(message),
	status: show,
	liveness: showLiveness,
})

const pause = byId('pause')
pause.addEventListener('click', () => {
	stream.isPaused = !stream.isPaused
	setText(pause, stream.isPaused ? 'Go on' : 'Pause')
})
