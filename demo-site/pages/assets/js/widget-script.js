/** The widget's tag is `async`: nobody may call `window.Truetally` before this promise says so. */
const script = document.querySelector('script[data-project]')

/** Where the widget comes from, for the sentence a person reads when it does not. */
export const widgetOrigin = script === null ? '' : new URL(script.src).origin

/** Resolves with `window.Truetally`; rejects when the script cannot be loaded or defines nothing. */
export const truetallyLoaded = new Promise((resolve, reject) => {
  const settle = () => {
    if (window.Truetally) resolve(window.Truetally)
    else reject(new Error('The widget’s script ran but did not define window.Truetally'))
  }
  const fail = () => reject(new Error('The widget’s script could not be loaded'))
  if (script === null || window.northwind.seen.widgetFailed) fail()
  else if (window.Truetally) settle()
  else {
    script.addEventListener('load', settle)
    script.addEventListener('error', fail)
    document.addEventListener('truetally:ready', settle, { once: true })
  }
})

// Whoever cares adds a handler of their own; a page without the widget has none and is not in error.
truetallyLoaded.catch(() => {})
