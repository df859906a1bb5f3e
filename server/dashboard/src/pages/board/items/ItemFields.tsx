import type { ItemStatus } from '../../../../../contract/primitives.ts'
import { Field, SelectField } from '../../../components/Field.tsx'
import { STATUS_OPTIONS } from '../StatusBadge.tsx'

interface Props {
  title: string
  description: string
  status: ItemStatus
  onTitle(text: string): void
  onDescription(text: string): void
  onStatus(status: ItemStatus): void
}

export function ItemFields({ title, description, status, onTitle, onDescription, onStatus }: Props) {
  return (
    <>
      <Field label="Title"><input required maxLength={200} value={title} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => onTitle(event.currentTarget.value)} /></Field>
      <Field label="Description" hint="Everybody on the board reads it. Plain text.">
        <textarea maxLength={2000} value={description} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => onDescription(event.currentTarget.value)} />
      </Field>
      <SelectField label="Status" any={null} value={status} options={STATUS_OPTIONS} onChange={(value) => onStatus(value as ItemStatus)} />
    </>
  )
}
