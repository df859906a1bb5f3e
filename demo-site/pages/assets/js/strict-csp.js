/** Counts what the policy refused, starting before the widget's first byte. */
const count = document.querySelector('[data-violation-count]')
const list = document.querySelector('[data-violations]')
let violations = 0

function show(event) {
  violations += 1
  const entry = document.createElement('li')
  const where = event.sourceFile ? ` (${event.sourceFile}:${event.lineNumber})` : ''
  entry.textContent = `${event.effectiveDirective} refused ${event.blockedURI || event.sample || 'something'}${where}`
  list.append(entry)
  writeCount()
}

function writeCount() {
  count.textContent = violations === 1 ? '1 violation' : `${violations} violations`
  count.dataset.violations = String(violations)
}

writeCount()
for (const event of window.northwind.seen.violations) show(event)
document.addEventListener('securitypolicyviolation', show)
