/** Hands the host's mistake to the host's error log without letting it stop the widget. */
export function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error
  })
}
