/**
 * Runs before the widget's own tag, as a classic script, and keeps what would be gone by the time a module runs:
 * whether the widget's script failed, its first events, and every policy violation. Lists are bounded.
 */
{
  const LIMIT = 100
  const seen = { widgetFailed: false, events: [], violations: [] }
  const keep = (list) => (event) => {
    if (list.length < LIMIT) list.push(event)
  }
  for (const name of ['ready', 'vote', 'feedback', 'challenge', 'error']) {
    document.addEventListener(`truetally:${name}`, keep(seen.events))
  }
  document.addEventListener('securitypolicyviolation', keep(seen.violations))
  window.addEventListener(
    'error',
    (event) => {
      if (event.target instanceof HTMLScriptElement && event.target.dataset.project !== undefined) seen.widgetFailed = true
    },
    true,
  )
  window.northwind = { seen }
}
