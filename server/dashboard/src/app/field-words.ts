/** What people call the fields that rules count, group and act by. */
const FIELDS: Readonly<Record<string, string>> = {
  ipAddress: 'address', itemId: 'item', core: 'machine', 'detail.user': 'user', 'detail.apiKey': 'key', userAgent: 'user agent',
}

/** `ipAddress` → `address`. */
export const fieldWords = (name: string): string => (Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined) ?? name.replace(/^detail\./, '')
