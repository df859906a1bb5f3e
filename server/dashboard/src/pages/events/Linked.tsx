/** A stranger’s text that leads somewhere: as a link where it is short, beside one where it can be unfolded. */
import { Untrusted } from '../../components/Untrusted.tsx'

export function Linked({ text, href, max = 90 }: { text: string; href: string; max?: number }) {
  if ([...text].length <= max) return <a href={href}><Untrusted text={text} max={max} /></a>
  return <><Untrusted text={text} max={max} /> <a class="small" href={href}>its events</a></>
}
