import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compiledFile, packageRoot } from '../../package-root.js'

/** The page as it is sent, and what it is allowed to do. */
export interface StatusPage {
	readonly html: string
	readonly headers: Readonly<Record<string, string>>
}

/** Later ones win. */
const STYLES = ['base.css', 'frame.css', 'lanes.css']
const STYLE = '<!-- style -->'
const SCRIPT = '<!-- script -->'

/**
 * Puts style and script into the page. They are named by their hashes in its policy: whatever else got into the page
 * would not run, and it can ask nobody but the server that it comes from.
 */
export function loadPage(): StatusPage {
	const style = STYLES.map((name) => read(`src/observability/status-page/page/${name}`)).join('')
	const script = readFileSync(compiledFile('src/observability/status-page/client.js'), 'utf8')
	const html = read('src/observability/status-page/page/page.html')
		.replace(STYLE, () => `<style>${style}</style>`)
		.replace(SCRIPT, () => `<script>${script}</script>`)
	const policy = [
		"default-src 'none'",
		`script-src '${sourceHash(script)}'`,
		`style-src '${sourceHash(style)}'`,
		"connect-src 'self'",
		'img-src data:',
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	]
	return {
		html,
		headers: {
			'content-security-policy': policy.join('; '),
			'x-content-type-options': 'nosniff',
			'referrer-policy': 'no-referrer',
			'cross-origin-opener-policy': 'same-origin',
			'cross-origin-resource-policy': 'same-origin',
			'cache-control': 'no-cache',
		},
	}
}

function read(path: string): string {
	return readFileSync(fileURLToPath(new URL(path, `${packageRoot().href.replace(/\/*$/, '/')}`)), 'utf8')
}

function sourceHash(text: string): string {
	return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
