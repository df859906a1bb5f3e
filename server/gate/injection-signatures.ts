/**
 * Text that is an attack on an interpreter: SQL, a shell, a template, a page. Data and one function; every quantifier is bounded,
 * so no text makes a pattern explode. People write about SQL and shells: what is found is a note, never a verdict.
 */

/** Which interpreter is meant, as the ledger names it (`detail.signature`). Stable: rules ask for it. */
export type InjectionSignature =
  | 'xss' | 'sql-tautology' | 'sql-union' | 'sql-stacked' | 'sql-delay' | 'jndi' | 'shell-command' | 'template'

/** Text is lower-cased and without SQL comments by then. */
const PATTERNS: readonly (readonly [InjectionSignature, RegExp])[] = [
  // Nested look-ups are how filters for `${jndi:` are passed: `${${lower:j}ndi:…`.
  ['jndi', /\$\{jndi:|\$\{\$\{|\$\{(?:lower|upper|env|sys|ctx|main|::-)[:a-z]/],
  ['xss', /<script\b|<\/script|<(?:img|svg|body|iframe|video|audio|details|input|object|embed|marquee)\b[^<>]{0,120}\bon[a-z]{3,20}\s{0,5}=|\bjavascript:\s{0,5}(?:alert|confirm|prompt|eval|document|window|fetch|\/\/)/],
  ['sql-union', /\bunion\s{1,20}(?:all\s{1,20}|distinct\s{1,20})?(?:select\b\s{0,20}(?:[\d*@'"`(+-]|(?:null|char|concat|group_concat|user|version|database|load_file|current_user|table_name|column_name)\b|[a-z_]\w{0,40}\s{0,5},|[a-z_]\w{0,40}\s{1,20}from\b))/],
  ['sql-stacked', /['")\d]\s{0,5};\s{0,5}(?:drop\s{1,5}(?:table|database|schema)\b|delete\s{1,5}from\b|insert\s{1,5}into\b|update\s{1,5}\w{1,40}\s{1,5}set\b|exec(?:ute)?[\s(]|shutdown\b|declare\s{1,5}@|truncate\s{1,5}table\b|copy\s{1,5}\w{1,40}\s{1,5}(?:from|to)\b)/],
  ['sql-delay', /\b(?:pg_sleep|sleep|benchmark)\s{0,5}\(\s{0,5}['"]?\d|\bwaitfor\s{1,5}delay\s{0,5}['"]/],
  // The same on both sides: 1=1, 'a'='a'. Or a quote and a comment, which the others end with too: so it comes after them.
  ['sql-tautology', /(?:['"`)]\s{0,10}(?:or|and|\|\||&&)|\b(?:or|and))\s{1,10}\(?\s{0,5}['"]?(\w{1,20})['"]?\s{0,5}(?:=|\blike\b)\s{0,5}\(?['"]?\1(?!\w)|'\s{0,5}or\s{0,5}'[^']{0,20}'\s{0,5}=|'\s{0,5}(?:--|#)\s{0,5}(?:$|[-+])/],
  ['shell-command', /;cat\s|[;|&`\n]\s{0,5}(?:cat|ls|rm|head|tail|chmod|cp|mv)\s{1,5}(?:-\w{1,8}\s{1,5}){0,3}[/~$*]|[;|&`\n]\s{0,5}(?:wget|curl|nslookup|ping|nc|ncat|telnet)\s{1,5}(?:-\w{1,10}\s{1,5}){0,3}(?:https?:|ftp:|\$\(|\d{1,3}\.|[\w-]{1,60}\.\w)|(?:[;|`]|&&)\s{0,5}(?:id|whoami|uname\s{1,5}-a|ifconfig|printenv)\s{0,5}(?:$|[;|&`#])|\$\((?:cat|id|whoami|uname|curl|wget|nslookup|ping|sleep|printenv)\b|\/bin\/(?:ba|da|z)?sh\s|\(\)\s{0,3}\{\s{0,3}:;\s{0,3}\}/],
  ['template', /(?:\{\{|[$#]\{|<%=)\s{0,5}['"]?\d{1,6}['"]?\s{0,5}\*\s{0,5}['"]?\d{1,6}|\{\{\s{0,5}(?:config|self|request|''|\[\]|\(\))\s{0,3}(?:\}\}|\.|\[)|__(?:class|mro|subclasses|globals|import)__/],
]
/** Every pattern needs a quote, a bracket or the like. Tokens, paths, ordinary queries and words have none: this is all they cost. */
const SUSPECT = /[^\w.:~+/=?&%,@ -]/
/** Or else a space, and one of these. */
const SPACED = /[=&]|union|\/bin\//i
const LONGEST = 6000

/** What the text is, or undefined. Only its first 6000 characters are looked at. */
export function findInjection(text: string): InjectionSignature | undefined {
  if (!SUSPECT.test(text) && !(text.includes(' ') && SPACED.test(text))) return undefined
  const plain = text.slice(0, LONGEST).toLowerCase().replace(/\/\*[^*]{0,50}\*\//g, ' ')
  return PATTERNS.find(([, pattern]) => pattern.test(plain))?.[0]
}
