/** Values of a statement that is put together: each gets a number, none gets into the text. */
export class Parameters {
  readonly #first: number
  readonly values: unknown[] = []

  /** `taken`: so many numbers before them belong to whoever runs the statement. */
  constructor(taken: number) {
    this.#first = taken + 1
  }

  add(value: unknown): string {
    const before = this.values.indexOf(value)
    if (before >= 0) return `$${this.#first + before}`
    this.values.push(value)
    return `$${this.#first + this.values.length - 1}`
  }
}
