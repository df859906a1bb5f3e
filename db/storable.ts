/**
 * What PostgreSQL can hold: its text and jsonb take no NUL (a project key of `%00`) and no lone surrogate. Everything else a
 * person typed stays as it is.
 */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()
