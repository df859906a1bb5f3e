/** The smallest template language that serves: `{{name}}` escaped, `{{> partial}}` included, `{{current /path}}` for the nav. */

export interface PageInput {
  template: string
  partials: ReadonlyMap<string, string>
  values: Readonly<Record<string, string>>
  /** Path of the page itself, so that the nav can mark it. */
  path: string
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Safe as text and inside a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? char)
}

/** Throws on a placeholder or partial nobody defined: a typo shows at start-up, not on the page. */
export function renderPage({ template, partials, values, path }: PageInput): string {
  const included = template.replaceAll(/\{\{> ([a-z-]+)\}\}/g, (_match, name: string) => {
    const partial = partials.get(name)
    if (partial === undefined) throw new Error(`unknown partial "${name}" in the page for ${path}`)
    return partial
  })
  return included.replaceAll(/\{\{(?:(current) )?([^{}]+)\}\}/g, (_match, current: string | undefined, name: string) => {
    if (current !== undefined) return name === path ? ' aria-current="page"' : ''
    const value = values[name]
    if (value === undefined) throw new Error(`unknown placeholder "${name}" in the page for ${path}`)
    return escapeHtml(value)
  })
}
