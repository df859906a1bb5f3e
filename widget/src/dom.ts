/**
 * JSX that makes real elements. Preact alone would take 5.0 of the widget's 12 KB and brings an `innerHTML` sink; a
 * board needs neither its diff nor its hydration. A value that changes is written as a function, `{() => votes}`: it
 * is read again at each update of the part it belongs to, and touches the page only when it differs.
 */
type Changing<Value> = Value | (() => Value)
type AttributeValue = string | number | boolean | undefined
type Listener = (event: never) => void
type Child = Node | Changing<string> | readonly Child[]
type Attributes = Readonly<Record<string, Changing<AttributeValue> | Listener | Child>>

// Types only: it tells TypeScript what JSX means here and leaves nothing behind.
export namespace h {
  export namespace JSX {
    export type Element = HTMLElement
    export interface ElementChildrenAttribute {
      children: unknown
    }
    export interface IntrinsicElements {
      [tag: string]: Attributes
    }
  }
}

/** A piece of the page that updates as one. */
export interface Part {
  readonly element: HTMLElement
  update(): void
}

type Update = () => void
/** Where `h` files what it must read again; set only while `createPart` builds. */
let updates: Update[] = []

export function createPart(build: () => HTMLElement): Part {
  const outer = updates
  const own: Update[] = (updates = [])
  const element = build()
  updates = outer
  const update = () => {
    for (const step of own) step()
  }
  update()
  return { element, update }
}

/** Puts a part inside the one being built; it updates with it. */
export function include(part: Part): HTMLElement {
  updates.push(part.update)
  return part.element
}

/** Runs `write` now and at each update, whenever `read` gives something new. */
function follow<Value>(read: () => Value, write: (value: Value) => void): void {
  let last: Value | undefined
  updates.push(() => {
    const value = read()
    if (value !== last) write((last = value))
  })
}

function setAttribute(element: Element, name: string, value: AttributeValue): void {
  if (value === undefined || value === false) element.removeAttribute(name)
  else element.setAttribute(name, value === true ? '' : String(value))
}

function append(element: Element, child: Child): void {
  if (Array.isArray(child)) {
    for (const one of child) append(element, one)
  } else if (typeof child === 'function') {
    const text = document.createTextNode('')
    follow(child, (value) => {
      text.data = value
    })
    element.append(text)
  } else {
    element.append(child as Node | string)
  }
}

export function h(tag: string, attributes: Attributes | null, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2).toLowerCase(), value as EventListener)
    else if (typeof value === 'function') follow(value as () => AttributeValue, (now) => setAttribute(element, name, now))
    else setAttribute(element, name, value as AttributeValue)
  }
  append(element, children)
  return element
}

/**
 * Fills `container` with one part per item, kept by id; what stays is neither rebuilt nor, unless it changes place,
 * moved, so that focus stays where it is.
 * @param build receives a function that reads the item's present state
 */
export function fillList<Item extends { id: string }>(
  container: HTMLElement,
  readItems: () => readonly Item[],
  build: (read: () => Item) => HTMLElement,
): HTMLElement {
  const rows = new Map<string, { part: Part; item: Item }>()
  updates.push(() => {
    const items = readItems()
    const ids = new Set(items.map(({ id }) => id))
    for (const [id, { part }] of rows) {
      if (!ids.has(id)) {
        part.element.remove()
        rows.delete(id)
      }
    }
    items.forEach((item, place) => {
      let row = rows.get(item.id)
      if (row) {
        row.item = item
        row.part.update()
      } else {
        const fresh = { item }
        row = Object.assign(fresh, { part: createPart(() => build(() => fresh.item)) })
        rows.set(item.id, row)
      }
      const there = container.children[place]
      if (there !== row.part.element) container.insertBefore(row.part.element, there ?? null)
    })
  })
  return container
}
