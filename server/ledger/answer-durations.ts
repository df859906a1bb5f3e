/**
 * How long answers took, by route and status class, as a Prometheus histogram. prom-client’s own looks its labels over at every
 * observation: 1 µs each (measured), which a read of the board has not; this one takes a twentieth of that.
 */

/** Seconds. */
const BOUNDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2] as const

/** One kind of answer. Whoever answers it often keeps the line. */
class DurationLine {
  readonly #counts = Array<number>(BOUNDS.length + 1).fill(0)
  #sum = 0

  observe(seconds: number): void {
    let index = 0
    while (index < BOUNDS.length && seconds > (BOUNDS[index] as number)) index += 1
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.#sum += seconds
  }

  /** In Prometheus’ text format. */
  expose(name: string, labels: string): string[] {
    let total = 0
    const buckets = [...BOUNDS, '+Inf'].map((bound, index) => {
      total += this.#counts[index] as number
      return `${name}_bucket{le="${bound}",${labels}} ${total}`
    })
    return [...buckets, `${name}_sum{${labels}} ${this.#sum}`, `${name}_count{${labels}} ${total}`]
  }
}

export class AnswerDurations {
  readonly #lines = new Map<string, DurationLine>()

  /** `route` is its template, so that there are only so many; undefined where none matched. */
  line(method: string, route: string | undefined, statusCode: number): DurationLine {
    const labels = `method="${method}",route="${route ?? 'unknown'}",status="${Math.floor(statusCode / 100)}xx"`
    let line = this.#lines.get(labels)
    if (line === undefined) this.#lines.set(labels, (line = new DurationLine()))
    return line
  }

  expose(name: string, help: string): string {
    const lines = [...this.#lines].flatMap(([labels, line]) => line.expose(name, labels))
    return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n')
  }
}
