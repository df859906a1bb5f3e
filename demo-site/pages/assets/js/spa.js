/** A single-page app in one file: four routes, `history.pushState`, and widgets that come and go with their view. */
import { explainMissingWidget } from './missing-widget.js'
import { truetallyLoaded } from './widget-script.js'

const view = document.querySelector('[data-view]')
const links = document.querySelectorAll('[data-route]')
const counts = { mounted: 0, destroyed: 0 }
let leave = () => {}

const ROUTES = {
  '/spa': {
    title: 'Overview',
    text: 'Choose a view. Each one mounts its boards when you arrive and destroys them when you leave; the counter keeps score.',
    widgets: [],
  },
  '/spa/roadmap': { title: 'Roadmap', text: 'One board, mounted by the app.', widgets: ['board'] },
  '/spa/side-by-side': {
    title: 'Side by side',
    text: 'Two boards at once. Vote in one, and see what the other does.',
    widgets: ['board', 'board'],
  },
  '/spa/feedback': { title: 'Feedback', text: 'The form on its own, without a board.', widgets: ['feedback'] },
}

function writeCounts() {
  document.querySelector('[data-mounted]').textContent = counts.mounted
  document.querySelector('[data-destroyed]').textContent = counts.destroyed
  document.querySelector('[data-alive]').textContent = counts.mounted - counts.destroyed
}

/** Mounts each slot once the widget is there; the returned function undoes it, also when the widget comes too late. */
function mountAll(slots) {
  let left = false
  let mounts = []
  const arrive = async () => {
    const truetally = await truetallyLoaded.catch(() => null)
    if (left) return
    if (truetally === null) {
      explainMissingWidget(slots.map((slot) => slot.parentElement))
      return
    }
    mounts = slots.map((slot) => truetally.mount(slot))
    counts.mounted += mounts.length
    writeCounts()
  }
  arrive()
  return () => {
    left = true
    for (const mount of mounts) mount.destroy()
    counts.destroyed += mounts.length
    mounts = []
    writeCounts()
  }
}

function create(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

function show(path, { focus }) {
  const route = ROUTES[path] ?? { title: 'Nothing here', text: 'This app has no such view.', widgets: [] }
  leave()
  const slots = route.widgets.map((kind) => {
    const slot = create('div', {})
    slot.dataset.truetally = kind
    return slot
  })
  const heading = create('h1', { textContent: route.title, tabIndex: -1 })
  const grid = create('div', { className: 'app-widgets' }, ...slots.map((slot) => create('div', { className: 'widget-slot' }, slot)))
  view.replaceChildren(heading, create('p', { className: 'app-intro', textContent: route.text }), grid)
  document.title = `${route.title} · Northwind App`
  for (const link of links) {
    if (new URL(link.href).pathname === path) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  leave = mountAll(slots)
  if (focus) heading.focus()
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-route]')
  if (link === null || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  const { pathname } = new URL(link.href)
  if (pathname === location.pathname) return
  history.pushState(null, '', pathname)
  show(pathname, { focus: true })
})
window.addEventListener('popstate', () => show(location.pathname, { focus: true }))
show(location.pathname.replace(/(.)\/$/, '$1'), { focus: false })
