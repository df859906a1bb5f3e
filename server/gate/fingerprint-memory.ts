/** The fingerprint each device showed last, for noticing a change. Bounded: the device heard of longest ago is forgotten. */
export class FingerprintMemory {
  readonly #byDevice = new Map<string, string>()
  readonly #maxDevices: number

  constructor(maxDevices: number) {
    this.#maxDevices = maxDevices
  }

  get size(): number {
    return this.#byDevice.size
  }

  /** Remembers what is shown now; true when it differs from what this device showed before. `known` is older knowledge. */
  show(device: string, fingerprint: string, known: string | undefined): boolean {
    const before = this.#byDevice.get(device) ?? known
    this.#byDevice.delete(device)
    if (this.#byDevice.size >= this.#maxDevices) {
      const oldest = this.#byDevice.keys().next().value
      if (oldest !== undefined) this.#byDevice.delete(oldest)
    }
    this.#byDevice.set(device, fingerprint)
    return before !== undefined && before !== fingerprint
  }
}
