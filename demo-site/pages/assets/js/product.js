/** The product page: the sign-in card and the log of what the widget says. */
import { signIn, signOut } from './identity.js'

const LOG_LIMIT = 50
const form = document.querySelector('[data-sign-in]')
const signedIn = document.querySelector('[data-signed-in]')
const status = document.querySelector('[data-sign-in-status]')
const log = document.querySelector('[data-event-log]')
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })

document.addEventListener('northwind:user', ({ detail: user }) => {
  form.hidden = user !== null
  signedIn.hidden = user === null
  document.querySelector('[data-name]').textContent = user?.name ?? ''
  document.querySelector('[data-email]').textContent = user?.email ?? ''
})

/** The control that was pressed is about to be hidden: focus goes to the one that takes its place. */
async function run(button, next, action) {
  button.disabled = true
  status.textContent = ''
  try {
    await action()
  } catch (error) {
    console.warn(error)
    status.textContent = 'That did not work. Is Truetally running?'
  } finally {
    button.disabled = false
    if (button.closest('[hidden]') !== null) next.focus()
  }
}

const signInButton = form.querySelector('button')
const signOutButton = document.querySelector('[data-sign-out]')
form.addEventListener('submit', (event) => {
  event.preventDefault()
  run(signInButton, signOutButton, () => signIn(new FormData(form).get('name')))
})
signOutButton.addEventListener('click', () => run(signOutButton, signInButton, signOut))

function describe({ type, detail }) {
  switch (type) {
    case 'truetally:vote':
      return `item ${detail?.itemId}: ${detail?.value === 1 ? 'voted' : 'vote taken back'}, now ${detail?.votes}`
    case 'truetally:feedback':
      return `received, number ${detail?.id}`
    case 'truetally:challenge':
      return detail?.code ?? ''
    case 'truetally:error':
      return [detail?.code, detail?.message].filter(Boolean).join(': ')
    default:
      return ''
  }
}

function write(event) {
  document.querySelector('[data-event-log-empty]').hidden = true
  const entry = document.createElement('li')
  const parts = [
    ['time', clock.format(performance.timeOrigin + event.timeStamp)],
    ['code', event.type.replace('truetally:', '')],
    ['span', describe(event)],
  ]
  for (const [tag, text] of parts) {
    const part = document.createElement(tag)
    part.textContent = text
    entry.append(part, ' ')
  }
  entry.dataset.event = event.type.replace('truetally:', '')
  log.prepend(entry)
  while (log.children.length > LOG_LIMIT) log.lastElementChild.remove()
}

for (const event of window.northwind.seen.events) write(event)
for (const name of ['ready', 'vote', 'feedback', 'challenge', 'error']) document.addEventListener(`truetally:${name}`, write)
