type Children = readonly (Node | string)[]

/** Makes an element. Text is text: nothing of it is taken for markup. */
export function el<Name extends keyof HTMLElementTagNameMap>(
	name: Name,
	className = '',
	children: Children = [],
): HTMLElementTagNameMap[Name] {
	const element = document.createElement(name)
	if (className !== '') element.className = className
	element.append(...children)
	return element
}

/** Makes an element of SVG. */
export function svg(
	name: string,
	attributes: Readonly<Record<string, string>>,
	children: readonly Node[] = [],
) {
	const element = document.createElementNS('http://www.w3.org/2000/svg', name)
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
	element.append(...children)
	return element
}

/** The element of the page with that id. */
export function byId(id: string): HTMLElement {
	const element = document.getElementById(id)
	if (element === null) throw new Error(`the page has no #${id}`)
	return element
}

/** Sets a text if it is another one, so that nothing is drawn or read again for nothing. */
export function setText(element: Element, text: string): void {
	if (element.textContent !== text) element.textContent = text
}

/** Shows items in a list, made anew only when they have changed. */
export function showList<Item>(list: Element, items: readonly Item[], make: (item: Item) => Node): void {
	const now = JSON.stringify(items)
	if (shownItems.get(list) === now) return
	shownItems.set(list, now)
	list.replaceChildren(...items.map(make))
}

const shownItems = new WeakMap<Element, string>()
