/** A detection's searches as a condition on one line of the ledger. Every value of a rule is a parameter. */
import type { DetectionDocument, Search, SearchMap } from '../../server/contract/rule.ts'
import { type ConditionNode, parseCondition } from '../../server/watch/language/condition.ts'
import { type FieldType, fieldType } from '../../server/watch/language/fields.ts'
import { columnOf } from './columns.ts'
import type { Parameters } from './parameters.ts'

type Scalar = string | number | boolean | null

export function detectionSql({ logsource: { service }, detection }: DetectionDocument, parameters: Parameters): string {
  const { condition, ...searches } = detection
  const names = Object.keys(searches)
  const node = parseCondition(typeof condition === 'string' ? condition : names.join(' and '), names)
  const render = (inner: ConditionNode): string => {
    if ('all' in inner) return joined(inner.all.map(render), 'and')
    if ('any' in inner) return joined(inner.any.map(render), 'or')
    // What a line does not have does not match; `not` makes that a match, as in Sigma.
    if ('not' in inner) return `not coalesce(${render(inner.not)}, false)`
    return searchSql(service, searches[inner.search] as Search, parameters)
  }
  return render(node)
}

const joined = (parts: readonly string[], by: 'and' | 'or'): string => (parts.length === 1 ? String(parts[0]) : `(${parts.join(` ${by} `)})`)

function searchSql(service: DetectionDocument['logsource']['service'], search: Search, parameters: Parameters): string {
  const maps: readonly SearchMap[] = Array.isArray(search) ? search : [search]
  return joined(maps.map((map) => joined(
    Object.entries(map).map(([key, value]) => {
      const [field = '', ...modifiers] = key.split('|')
      const values: readonly Scalar[] = Array.isArray(value) ? value : [value]
      const type = fieldType(service, field) ?? 'text'
      const all = modifiers.includes('all')
      const operator = modifiers.find((modifier) => modifier !== 'all') ?? 'is'
      return joined(values.map((one) => matchSql(columnOf(service, field), type, operator, one, parameters)), all ? 'and' : 'or')
    }), 'and')), 'or')
}

const COMPARISONS: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

function matchSql({ sql, equals }: ReturnType<typeof columnOf>, type: FieldType, operator: string, value: Scalar, parameters: Parameters): string {
  if (operator === 'exists') return `(${sql}) is ${value === true ? 'not ' : ''}null`
  if (value === null) return `(${sql}) is null`
  const comparison = COMPARISONS[operator]
  // A number in text, such as one in an event's detail, is compared as a number where it is one.
  if (comparison !== undefined) {
    const number = type === 'number' ? `(${sql})::float8` : `(case when (${sql}) ~ '^-?[0-9]{1,15}([.][0-9]{1,15})?$' then (${sql})::float8 end)`
    return `${number} ${comparison} ${parameters.add(Number(value))}::float8`
  }
  if (operator === 'cidr') return `(${type === 'network' ? `(${sql})::inet` : sql}) <<= ${parameters.add(String(value))}::cidr`
  if (operator === 're') return `(${sql}) ~ ${parameters.add(String(value))}::text`
  if (type === 'boolean') return `(${sql}) = ${parameters.add(value)}::boolean`
  if (type === 'number') return `(${sql})::float8 = ${parameters.add(Number(value))}::float8`
  if (type === 'address') return `(${sql}) = ${parameters.add(String(value))}::inet`
  if (type === 'id') return equals(parameters.add(String(value)))
  const text = String(value)
  if (operator === 'is' && !/[*?]/.test(text.replaceAll(/\\[*?\\]/g, ''))) {
    const exact = text.replaceAll(/\\([*?\\])/g, '$1')
    return type === 'enum' ? `(${sql}) = ${parameters.add(exact)}::text` : `lower(${sql}) = lower(${parameters.add(exact)}::text)`
  }
  const pattern = likePattern(text)
  const placed = { is: pattern, contains: `%${pattern}%`, startswith: `${pattern}%`, endswith: `%${pattern}` }[operator]
  if (placed === undefined) throw new RangeError(`there is no modifier ${operator}`)
  return `(${sql}) ilike ${parameters.add(placed)}::text`
}

/** Sigma's wildcards, `*` and `?`, as LIKE has them; what LIKE would read as its own is taken literally. */
const likePattern = (text: string): string =>
  text.replaceAll(/\\[*?\\]|[*?%_\\]/g, (found) => {
    if (found === '*') return '%'
    if (found === '?') return '_'
    if (found.length === 2) return found[1] === '\\' ? '\\\\' : String(found[1])
    return `\\${found}`
  })
