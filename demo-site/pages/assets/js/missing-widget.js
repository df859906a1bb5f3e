/** The quiet line that stands where the widget should be, with what to check. */
import { widgetOrigin } from './widget-script.js'

/** Call once per slot. */
export function explainMissingWidget(slots) {
  for (const slot of slots) {
    const note = document.createElement('p')
    note.className = 'widget-note'
    note.setAttribute('role', 'status')
    slot.classList.add('is-missing')
    slot.append(note)
    note.textContent =
      `This part could not load from ${widgetOrigin}. ` +
      'Check that Truetally is running there, and that no content blocker or policy stops its script.'
  }
}
