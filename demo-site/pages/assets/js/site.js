/** Every page: which origin this is, who is signed in, and a quiet line where the widget should be if it cannot load. */
import { keepIdentified } from './identity.js'
import { explainMissingWidget } from './missing-widget.js'
import { truetallyLoaded } from './widget-script.js'

for (const element of document.querySelectorAll('[data-origin]')) element.textContent = location.origin

const who = document.querySelector('[data-who]')
document.addEventListener('northwind:user', ({ detail: user }) => {
  who.textContent = user === null ? 'Not signed in' : `Signed in as ${user.name}`
})

const hasWidget = document.querySelector('script[data-project]') !== null
if (hasWidget) {
  truetallyLoaded.catch((error) => {
    console.warn(error)
    explainMissingWidget(document.querySelectorAll('.widget-slot'))
  })
  // Without the widget there is nobody to identify to; who is signed in is announced before that fails.
  keepIdentified().catch((error) => console.warn(error))
}
