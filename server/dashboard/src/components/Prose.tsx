import { Untrusted } from './Untrusted.tsx'

/** Words of a rule's file: what stands between backticks is code. A lone backtick is a backtick. */
export function Prose({ text, max }: { text: string; max: number }) {
  const pieces = text.split('`')
  if (pieces.length % 2 === 0) return <Untrusted text={text} max={max} />
  return <>{pieces.map((piece, index) => piece !== '' && (index % 2 === 1 ? <code key={index}><Untrusted text={piece} max={max} /></code> : <Untrusted key={index} text={piece} max={max} />))}</>
}
