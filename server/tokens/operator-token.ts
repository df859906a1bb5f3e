/** Operator tokens: 256 random bits behind a prefix that secret scanners can look for. */
import { randomBytes } from 'node:crypto'

export const newOperatorToken = (): string => `ttop_${randomBytes(32).toString('base64url')}`
