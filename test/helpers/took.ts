/**
 * Prints how long something took since `begun`, by performance.now(). A time is no reason to fail: the machine may be busy. What never
 * ends, the test’s own limit ends.
 */
export function tellTook(what: string, begun: number): void {
  process.stdout.write(`${what}: ${(performance.now() - begun).toFixed(0)} ms\n`)
}
