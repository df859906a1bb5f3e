import type { Problem } from '../../../app/api.ts'
import { Field } from '../../../components/Field.tsx'

/** One origin on a line; empty lines are none. */
export const originsOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '')

/** The pages that may show a board. What the server says about one of them stands below. */
export function OriginsField({ text, onChange, problem }: { text: string; onChange: (text: string) => void; problem: Problem | undefined }) {
  const listed = originsOf(text)
  const wrong = problem?.errors.flatMap(({ pointer }) => {
    const index = /^\/body\/origins\/(\d+)$/.exec(pointer)?.[1]
    return index === undefined ? [] : [listed[Number(index)] ?? '']
  }) ?? []
  return (
    <Field label="Origins of your pages" hint="One on a line: https://app.example.com, http://localhost:3000, or https://*.example.com for every subdomain."
      error={wrong.length === 0 ? undefined : `Not an origin: ${wrong.join(', ')}. Write scheme and host, without a path.`}>
      <textarea class="mono" rows={4} spellcheck={false} autoComplete="off" value={text} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => onChange(event.currentTarget.value)} />
    </Field>
  )
}
