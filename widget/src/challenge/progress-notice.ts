/**
 * Tells a visitor whose browser is still proving itself what is going on, how far it is, and how to call it off. Not before
 * a second has passed: most people never see it. Made of elements, never of markup, so that no policy minds.
 */
import type { Translator } from '../translate.ts'

/** Milliseconds before anything shows. */
const UNNOTICED = 1000
/** An empty live region is there this much earlier, so that assistive technology announces what appears in it. */
const EARLIER = 150

export interface ProgressNotice {
  /** @param share of the work, 0 to 1 */
  update(share: number): void
  remove(): void
}

interface Place {
  /** The mounted element. */
  readonly element: Element
  readonly translate: Translator['translate']
  cancel(): void
}

export function announceProgress({ element, translate, cancel }: Place): ProgressNotice {
  const root = element.shadowRoot?.querySelector('.root')
  let share = 0
  let notice: HTMLElement | undefined
  let bar: HTMLProgressElement | undefined
  let button: HTMLButtonElement | undefined

  let timer = setTimeout(() => {
    const text = document.createElement('output')
    const box = (notice = document.createElement('div'))
    box.className = 'unseen'
    box.append(text)
    root?.append(box)
    timer = setTimeout(() => {
      text.textContent = translate('checking')
      bar = document.createElement('progress')
      bar.ariaLabel = text.textContent
      bar.value = share
      button = document.createElement('button')
      button.type = 'button'
      button.textContent = translate('cancelCheck')
      button.addEventListener('click', cancel)
      box.className = 'notice check'
      box.append(bar, button)
    }, EARLIER)
  }, UNNOTICED - EARLIER)

  return {
    update(latest) {
      share = latest
      if (bar) bar.value = latest
    },
    remove() {
      clearTimeout(timer)
      // The focus must not fall back to the top of the page: the board's own notice can hold it, which stays where this was.
      if (button?.matches(':focus')) root?.querySelector<HTMLElement>('section>:last-child>output')?.focus({ preventScroll: true })
      notice?.remove()
    },
  }
}
