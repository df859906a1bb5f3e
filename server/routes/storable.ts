/** What PostgreSQL can hold: its text takes no NUL and no lone surrogate. Everything else a person typed stays as it is. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()

const LARGEST_ID = 2_147_483_647

/** The row id a wire id names. Ids are 32-bit; a larger one names nothing, as 0 does, and would be an error to PostgreSQL. */
export function rowId(id: string): number {
  const number = Number(id)
  return number <= LARGEST_ID ? number : 0
}
