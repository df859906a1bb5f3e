/**
 * Requests that a scanner sends and nobody else: files of software this server is not, ways out of a directory, injections,
 * and tools that say their name. Pure, and cheap for ordinary requests (about half a microsecond; scan-signatures.test.ts
 * holds what must not be taken for one). What is found is written down; the request is answered as it would have been.
 */
import { type InjectionSignature, findInjection } from './injection-signatures.ts'

export type ScanCategory = 'path' | 'traversal' | 'injection' | 'tool'
export interface Scan {
  /** Stable: rules ask for it as `detail.signature`. */
  signature: string
  category: ScanCategory
}

/** Each anchored at a slash or an end, so that a word within another is none. */
const PATHS: readonly (readonly [string, RegExp])[] = [
  ['env-file', /\/\.env(?:[.~_-][^/]{0,40})?(?:\/|$)/],
  ['git', /\/\.(?:git(?:config|ignore|-credentials|lab-ci\.yml)?|hg|bzr)(?:\/|$)/],
  ['svn', /\/\.svn(?:\/|$)/],
  ['cloud-credentials', /\/(?:\.(?:aws|ssh|kube|docker|azure|npmrc|dockercfg|netrc|pgpass|htpasswd|htaccess|ds_store|vscode|idea)|id_(?:rsa|ed25519))(?:\/|$)/],
  ['wordpress', /\/(?:wp-(?:login|admin|content|includes|json|config|cron|signup|trackback)|xmlrpc\.php|wordpress)(?:[/.]|$)/],
  ['phpmyadmin', /\/(?:phpmyadmin[\d.-]{0,10}|pma|myadmin|mysqladmin|dbadmin|phppgadmin|adminer(?:-[\d.]{1,10})?(?:\.php)?)(?:\/|$)/],
  ['actuator', /\/(?:actuator|jolokia|heapdump)(?:\/|$)/],
  ['cgi-bin', /\/cgi-bin(?:\/|$)/],
  ['phpunit', /\/phpunit(?:\/|$)|\/vendor\/(?:composer|autoload)/],
  ['server-status', /\/server-(?:status|info)$/],
  ['admin-console', /\/(?:manager\/html|solr\/admin|jenkins\/(?:script|login)|_ignition\/|telescope\/requests|druid\/index|hnap1|boaform\/|geoserver\/|struts2?-|owa\/auth|ecp\/|remote\/(?:login|fgt_lang)|dana-na\/|_all_dbs|_cat\/|nacos\/|weblogic|hudson\/)/],
  ['web-shell', /\/(?:c99|r57|wso\d{0,3}|b374k|shell\d{0,2}|cmd|alfa|webshell|up(?:load)?er)\.(?:php|jspx?|aspx?)$/],
  ['config-file', /\/(?:config(?:uration)?|settings|secrets?|credentials|database|docker-compose|application(?:-[a-z]{1,12})?|parameters|appsettings)\.(?:json|ya?ml|xml|ini|inc|properties|toml)$|\/(?:composer\.(?:json|lock)|package(?:-lock)?\.json|yarn\.lock|dockerfile)$/],
  ['backup-file', /\.(?:sql|bak|old|orig|swp|save|tar|tgz|gz|zip|rar|7z|dump|mdb)$/],
  ['php-file', /\.(?:php\d?|phtml|jspx?|cfm|cgi)$/],
  ['iis-file', /\.(?:aspx?|ashx|asmx|axd|config)$/],
]
/** Every path above has one of these; a path of our own has, of them all, at most the dot of a file name. */
const PATHS_NEED = /\.|wp-|wordpress|admin|pma|actuator|jolokia|heapdump|cgi-bin|phpunit|vendor|server-|manager|solr|jenkins|_ignition|telescope|_all_dbs|_cat\/|druid|hnap1|boaform|geoserver|struts|owa|ecp|remote|dana|nacos|weblogic|hudson|id_rsa|id_ed|dockerfile/

const TRAVERSAL = /(?:^|[/\\=?&:])\.\.(?:[/\\;]|$)|%c0%ae|%c0%af|%c1%9c|%u002e/
const SYSTEM_FILE = /\/etc\/(?:passwd|shadow|hosts|group)|\/proc\/self\/|(?:win|boot)\.ini(?:$|[&?])|[a-z]:[/\\]windows[/\\]|\bfile:\/\/\//

/** What the tools call themselves, and the name they have in the ledger. */
const TOOLS = /\b(sqlmap|nikto|nuclei|masscan|zgrab|dirbuster|gobuster|wpscan|nessus|acunetix|openvas|feroxbuster|ffuf|fuzz faster u fool|wfuzz|owasp[ _-]?zap|zaproxy|burp(?: ?suite|collaborator)|arachni|w3af|netsparker|invicti|qualys|nmap|dirsearch|thc-hydra|whatweb|jaeles|commix|xsstrike|joomscan|skipfish|zmeu|havij)\b/i
const TOOL_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^fuzz/, 'ffuf'], [/zap/, 'zap'], [/^burp/, 'burp'], [/^invicti/, 'netsparker'], [/hydra$/, 'hydra'],
]

const LONGEST_URL = 2048
const LONGEST_AGENT = 512

/** `url` is path and query as they came, still encoded. */
export function findScan(url: string, userAgent = ''): Scan | undefined {
  const text = decode(url.slice(0, LONGEST_URL)).toLowerCase()
  return findByAddress(text) ?? findByAgent(userAgent.slice(0, LONGEST_AGENT))
}

function findByAddress(text: string): Scan | undefined {
  const traversal = SYSTEM_FILE.test(text) ? 'etc-passwd' : TRAVERSAL.test(text) ? 'path-traversal' : undefined
  if (traversal !== undefined) return { signature: traversal, category: 'traversal' }
  const question = text.indexOf('?')
  // A plus is a space in a query, and a plus in a path.
  const injection = findInjection(question < 0 ? text : text.replaceAll('+', ' '))
  if (injection !== undefined) return injectionScan(injection)
  const path = question < 0 ? text : text.slice(0, question)
  if (!PATHS_NEED.test(path)) return undefined
  const known = PATHS.find(([, pattern]) => pattern.test(path))
  return known === undefined ? undefined : { signature: known[0], category: 'path' }
}

function findByAgent(agent: string): Scan | undefined {
  const tool = TOOLS.exec(agent)?.[1]?.toLowerCase()
  if (tool !== undefined) return { signature: TOOL_NAMES.find(([pattern]) => pattern.test(tool))?.[1] ?? tool, category: 'tool' }
  // Of injections only those that go into a header: loggers and shells read it. Every browser’s has brackets and semicolons.
  const injection = agent.includes('${') || agent.includes('() {') ? findInjection(agent) : undefined
  return injection === undefined ? undefined : injectionScan(injection)
}

export const injectionScan = (signature: InjectionSignature): Scan => ({ signature, category: 'injection' })

/**
 * Twice at most, which is how often attackers encode. Only ASCII: what is looked for is ASCII, and an overlong or broken
 * sequence stays visible as it is.
 */
function decode(text: string): string {
  if (!text.includes('%')) return text
  const once = decodeOnce(text)
  return once.includes('%') ? decodeOnce(once) : once
}

const decodeOnce = (text: string): string =>
  text.replace(/%([0-7][0-9a-f])/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
