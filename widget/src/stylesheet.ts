/** One constructed stylesheet for all widgets of the page: no style element, so none for a strict policy to refuse. */
import boardStyles from './board.css'

let text = boardStyles
let sheet: CSSStyleSheet | undefined

export function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
  }
  return sheet
}

/** The look of a part that loads later; every widget of the page has it at once. */
export function addStyles(more: string): void {
  text += more
  sharedSheet().replaceSync(text)
}
