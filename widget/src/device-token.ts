/** Keeps the device token first-party. Storage may throw (blocked, full, sandboxed): then it lives as long as the page. */
export interface DeviceTokens {
  read(): string | undefined
  /** For the life of the page: nothing is stored for a visitor who only looks. */
  remember(token: string): void
  /** For good: this visitor takes part. */
  keep(token: string): void
}

/** @param storage asked for at each use: merely touching `window.localStorage` throws where storage is blocked */
export function createDeviceTokens(projectKey: string, storage: () => Storage): DeviceTokens {
  const key = `truetally:${projectKey}`
  let kept: string | undefined
  return {
    read() {
      try {
        // Storage first: another tab may have been given a newer one.
        return storage().getItem(key) ?? kept
      } catch {
        return kept
      }
    },
    remember(token) {
      kept = token
    },
    keep(token) {
      kept = token
      try {
        storage().setItem(key, token)
      } catch {
        // SecurityError or QuotaExceededError: `kept` serves this page.
      }
    },
  }
}
