/**
 * A script for the page that finds text with too little contrast to its ground: WCAG's 4.5 to 1. Grounds are those of
 * the element and of what it lies in.
 */
export const FAINT_TEXTS = `(() => {
	const rgb = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
	const luminance = (color) => {
		const [r, g, b] = rgb(color).map((part) => {
			const share = part / 255
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
		})
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const ground = (element) => {
		for (let at = element; at !== null; at = at.parentElement) {
			const color = getComputedStyle(at).backgroundColor
			if (rgb(color)[3] !== 0) return color
		}
		return 'rgb(255, 255, 255)'
	}
	const faint = []
	for (const element of document.querySelectorAll('body *')) {
		const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== '')
		if (text.length === 0 || element.getClientRects().length === 0) continue
		if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName)) continue
		const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))]
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
		if (ratio < 4.5) faint.push(element.tagName + ' ' + element.className + ' ' + ratio.toFixed(2) + ': ' + text[0].data)
	}
	return faint
})()`
