/** Milliseconds before somebody's eyes. */
const LOOK = 1000

/**
 * Calls back once, when half of the element or 200 pixels of it have been in view for a second.
 * @returns a function that calls it off
 */
export function whenSeen(element: Element, onSeen: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const observer = new IntersectionObserver(
    ([entry]) => {
      const seen = entry && (entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= 200)
      if (!seen) timer = clearTimeout(timer) as undefined
      else timer ??= setTimeout(() => {
        observer.disconnect()
        onSeen()
      }, LOOK)
    },
    // Twenty steps: 200 pixels of a long board are a small part of it.
    { threshold: Array.from({ length: 20 }, (_, step) => step / 20) },
  )
  observer.observe(element)
  return () => {
    clearTimeout(timer)
    observer.disconnect()
  }
}
