/**
 * The condition of a detection: Sigma’s grammar over the names of its searches. `not` binds closest, then `and`, then `or`;
 * `1 of filter_*`, `any of them` and `all of them` stand for the searches they name.
 */

export type ConditionNode = { all: ConditionNode[] } | { any: ConditionNode[] } | { not: ConditionNode } | { search: string }

/** A text that is no condition. `column` counts from 1, within the text. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError'
  readonly column: number

  constructor(message: string, column: number) {
    super(message)
    this.column = column
  }
}

/** No search may have one of these names. */
export const CONDITION_WORDS: readonly string[] = ['and', 'or', 'not', 'of', 'them', 'all', 'any', 'condition']

interface Token {
  text: string
  column: number
}

/**
 * @param searchNames what the condition may name
 * @throws ConditionError
 */
export function parseCondition(text: string, searchNames: readonly string[]): ConditionNode {
  const tokens = tokenise(text)
  const end: Token = { text: '', column: text.trimEnd().length + 1 }
  let next = 0
  const peek = (): Token => tokens[next] ?? end
  const accepts = (word: string): boolean => {
    if (peek().text !== word) return false
    next += 1
    return true
  }
  const refuse = (message: string, { column }: Token = peek()): never => {
    throw new ConditionError(message, column)
  }

  const parseChain = (word: 'and' | 'or', key: 'all' | 'any', parseLink: () => ConditionNode): ConditionNode => {
    const links = [parseLink()]
    while (accepts(word)) links.push(parseLink())
    return join(key, links)
  }
  const parseOr = (): ConditionNode => parseChain('or', 'any', parseAnd)
  const parseAnd = (): ConditionNode => parseChain('and', 'all', parseNot)
  const parseNot = (): ConditionNode => (accepts('not') ? { not: parseNot() } : parsePrimary())
  const parsePrimary = (): ConditionNode => {
    if (accepts('(')) {
      const inner = parseOr()
      if (!accepts(')')) refuse('a parenthesis is not closed')
      return inner
    }
    const token = peek()
    next += 1
    if (token.text === '1' || token.text === 'any') return parseQuantifier('any', token)
    if (token.text === 'all') return parseQuantifier('all', token)
    if (/^\d/.test(token.text)) return refuse(`only 1, any and all can be asked of several searches, not ${token.text}`, token)
    if (!/^[a-z]/.test(token.text) || CONDITION_WORDS.includes(token.text)) {
      return refuse(token === end ? 'the name of a search is missing at the end' : `here a search should be named, not ${token.text}`, token)
    }
    if (token.text.includes('*')) return refuse(`say 1 of ${token.text} or all of ${token.text}`, token)
    if (!searchNames.includes(token.text)) return refuse(`there is no search ${token.text}`, token)
    return { search: token.text }
  }
  const parseQuantifier = (key: 'all' | 'any', quantifier: Token): ConditionNode => {
    if (!accepts('of')) refuse(`after ${quantifier.text} comes "of"`)
    const token = peek()
    next += 1
    if (token.text !== 'them' && !/^[a-z][a-z0-9_]*\*?$/.test(token.text)) {
      return refuse(`after ${quantifier.text} of comes "them", or the beginning of names and a *`, token)
    }
    const names = token.text === 'them' ? searchNames : searchNames.filter((name) => matches(name, token.text))
    if (names.length === 0) return refuse(`there is no search ${token.text}`, token)
    return join(key, names.map((search) => ({ search })))
  }

  const node = parseOr()
  if (next < tokens.length) refuse(peek().text === ')' ? 'this parenthesis closes nothing' : `before ${peek().text} an "and" or "or" is missing`)
  return node
}

/** The names of the searches that a condition asks about. */
export function searchesOf(node: ConditionNode): string[] {
  if ('search' in node) return [node.search]
  if ('not' in node) return searchesOf(node.not)
  return [...new Set(('all' in node ? node.all : node.any).flatMap(searchesOf))]
}

const matches = (name: string, pattern: string): boolean => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)

function join(key: 'all' | 'any', nodes: ConditionNode[]): ConditionNode {
  const [only] = nodes
  if (only !== undefined && nodes.length === 1) return only
  return key === 'all' ? { all: nodes } : { any: nodes }
}

/** Words, numbers and parentheses. Sigma’s own rules write keywords in either case. */
function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  for (const { 0: found, index } of text.matchAll(/\s+|[()]|[A-Za-z0-9_*]+|./gsu)) {
    if (/^\s/.test(found)) continue
    if (!/^[()A-Za-z0-9_*]/.test(found)) throw new ConditionError(`${found} has no meaning in a condition`, index + 1)
    const lower = found.toLowerCase()
    tokens.push({ text: CONDITION_WORDS.includes(lower) ? lower : found, column: index + 1 })
  }
  return tokens
}
