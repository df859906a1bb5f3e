/** Keeps the device token first-party. Storage may throw (blocked, full, sandboxed): then it lives as long as the page. */
export interface DeviceTokens {
  read(): string | undefined
  write(token: string): void
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
    write(token) {
      kept = token
      try {
        storage().setItem(key, token)
      } catch {
        // SecurityError or QuotaExceededError: `kept` serves this page.
      }
    },
  }
}
