/**
 * What `|re` takes. Rules run in PostgreSQL (`~`), whoever writes them tries them out in JavaScript: only what means the same
 * in both is taken (`\b` is a word boundary in one and a backspace in the other). Of that, nothing that repeats what itself
 * matches more or less, which makes backtracking engines try every way to divide a text; and no more in all than PostgreSQL
 * goes through in milliseconds (test/watch/rule-patterns.test.ts).
 */

const MAX_LENGTH = 200
const MAX_COUNT = 100
/** `a?a?a?…aaa` tries 2ⁿ ways. */
const MAX_VARIABLE = 10
/** Of the pattern with its counted repetitions written out. */
const MAX_SIZE = 1000
const ESCAPES = String.raw`dwsDWS./\-[](){}*+?^$|`

class Refusal extends Error {}

/** What was read: how long it is written out, how many parts of it match more or less, whether it has alternatives. */
interface Part {
  size: number
  variable: number
  alternatives: boolean
}

/** The end of a sentence about the pattern; undefined: it is one that a rule may have. */
export function regexFault(pattern: string): string | undefined {
  if (pattern === '') return 'is empty'
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001F\u007F]/.test(pattern)) return 'has a control character'
  try {
    const { size, variable } = new Reader(pattern).read()
    if (variable > MAX_VARIABLE) return `has more than ${MAX_VARIABLE} parts that match more or less: *, +, ? and {n,m}`
    if (size > MAX_SIZE) return `is longer than ${MAX_SIZE} characters once its counted repetitions are written out`
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
  return compiles(pattern, 'u') || compiles(pattern, '') ? undefined : 'is no regular expression'
}

function compiles(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp
  } catch {
    return false
  }
}

class Reader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  read(): Part {
    const part = this.#readAlternatives()
    if (this.#at < this.#pattern.length) throw new Refusal('has a parenthesis that closes nothing')
    return part
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at)
  }

  #readAlternatives(): Part {
    const parts = [this.#readSequence()]
    while (this.#peek() === '|') {
      this.#at += 1
      parts.push(this.#readSequence())
    }
    return { ...sum(parts), alternatives: parts.length > 1 || parts.some(({ alternatives }) => alternatives) }
  }

  #readSequence(): Part {
    const parts: Part[] = []
    while (!['', '|', ')'].includes(this.#peek())) parts.push(this.#readQuantified())
    if (parts.length === 0) throw new Refusal('has an alternative or a group that is empty')
    return { ...sum(parts), alternatives: parts.some(({ alternatives }) => alternatives) }
  }

  #readQuantified(): Part {
    const anchor = '^$'.includes(this.#peek())
    const part = this.#readAtom()
    const quantifier = this.#readQuantifier()
    if (quantifier === undefined) return part
    const { min, max } = quantifier
    if (anchor) throw new Refusal('repeats ^ or $')
    if (this.#readQuantifier() !== undefined) throw new Refusal('has one quantifier after another')
    if (min > max) throw new Refusal('is no regular expression: {n,m} with n above m')
    if (max !== Infinity && max > MAX_COUNT) throw new Refusal(`repeats something more than ${MAX_COUNT} times; say * or +`)
    if (max > 1 && part.variable > 0) throw new Refusal('repeats a group that has *, +, ? or {n,m} in it, which explodes')
    if (max > 1 && part.alternatives) throw new Refusal('repeats a group that has alternatives, which explodes; of characters say [ab]*')
    return { size: part.size * (max === Infinity ? Math.max(min, 1) : max), variable: part.variable + (min === max ? 0 : 1), alternatives: part.alternatives }
  }

  #readQuantifier(): { min: number; max: number } | undefined {
    const found = /^(?:[*+?]|\{(\d{1,9})(,?)(\d{0,9})\})/.exec(this.#pattern.slice(this.#at))
    if (found === null) return undefined
    this.#at += found[0].length
    if (found[0] === '*') return { min: 0, max: Infinity }
    if (found[0] === '+') return { min: 1, max: Infinity }
    if (found[0] === '?') return { min: 0, max: 1 }
    const min = Number(found[1])
    if (min > MAX_COUNT) return { min, max: min }
    return { min, max: found[2] === '' ? min : found[3] === '' ? Infinity : Number(found[3]) }
  }

  #readAtom(): Part {
    const character = this.#peek()
    if (character === '(') return this.#readGroup()
    if (character === '[') return this.#readClass()
    if (character === '\\') this.#readEscape()
    else if ('*+?{'.includes(character)) throw new Refusal(`has ${character} where nothing stands to be repeated; write \\${character} for the character`)
    else if ('}]'.includes(character)) throw new Refusal(`has ${character} that closes nothing; write \\${character} for the character`)
    else this.#at += 1
    return { size: 1, variable: 0, alternatives: false }
  }

  #readGroup(): Part {
    this.#at += 1
    if (this.#peek() === '?') {
      if (this.#pattern.charAt(this.#at + 1) !== ':') throw new Refusal('has a (? that is not (?:, such as a look-around, a name or an option')
      this.#at += 2
    }
    const part = this.#readAlternatives()
    if (this.#peek() !== ')') throw new Refusal('has a parenthesis that is not closed')
    this.#at += 1
    return part
  }

  #readClass(): Part {
    this.#at += 1
    if (this.#peek() === '^') this.#at += 1
    let first = true
    while (this.#peek() !== ']') {
      this.#readClassMember(first)
      first = false
    }
    if (first) throw new Refusal('has an empty []; write \\] for the character')
    this.#at += 1
    return { size: 1, variable: 0, alternatives: false }
  }

  /** One character, or a range of them. */
  #readClassMember(first: boolean): void {
    const single = this.#readClassCharacter(first)
    const next = this.#pattern.charAt(this.#at + 1)
    if (this.#peek() !== '-' || next === ']') return
    this.#at += 1
    if (!single || !this.#readClassCharacter(false)) throw new Refusal('has a range in [] that does not go from one character to another')
    if (this.#peek() === '-' && this.#pattern.charAt(this.#at + 1) !== ']') throw new Refusal('has a - in [] that belongs to two ranges; write \\-')
  }

  /** Whether it was one character, and not a class of them. */
  #readClassCharacter(first: boolean): boolean {
    const character = this.#peek()
    if (character === '') throw new Refusal('has a [ that is not closed')
    if (character === '[') throw new Refusal('has a [ within []; write \\[')
    if (character === '-' && !first && this.#pattern.charAt(this.#at + 1) !== ']') throw new Refusal('has a - in [] that is neither first nor last; write \\-')
    if (character !== '\\') {
      this.#at += 1
      return true
    }
    const escaped = this.#readEscape()
    if ('DWS'.includes(escaped)) throw new Refusal(`has \\${escaped} within [], which PostgreSQL does not take`)
    return !'dws'.includes(escaped)
  }

  #readEscape(): string {
    const escaped = this.#pattern.charAt(this.#at + 1)
    if (escaped === '') throw new Refusal('ends with a single \\')
    if (/[1-9]/.test(escaped)) throw new Refusal(`has the back-reference \\${escaped}`)
    if (!ESCAPES.includes(escaped)) throw new Refusal(`has \\${escaped}, which does not mean the same everywhere`)
    this.#at += 2
    return escaped
  }
}

const sum = (parts: readonly Part[]): Pick<Part, 'size' | 'variable'> => ({
  size: parts.reduce((all, { size }) => all + size, 0),
  variable: parts.reduce((all, { variable }) => all + variable, 0),
})
