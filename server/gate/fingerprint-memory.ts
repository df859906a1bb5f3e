/** The fingerprint each device showed last, for noticing a change. Bounded: the device heard of longest ago is forgotten. */
import { fit } from './hash-index.ts'
import { KeyHash } from './key-hash.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

export class FingerprintMemory {
  readonly #devices: KeyMemory
  readonly #maxDevices: number
  readonly #hash = new KeyHash()
  /** Of the fingerprint, by device. */
  #high = new Int32Array(LEAST)
  #low = new Int32Array(LEAST)

  constructor(maxDevices: number) {
    this.#devices = new KeyMemory(maxDevices, Infinity)
    this.#maxDevices = maxDevices
  }

  get size(): number {
    return this.#devices.size
  }

  /** Remembers what is shown now; true when it differs from what this device showed before. `known` is older knowledge. */
  show(device: string, fingerprint: string, known: string | undefined): boolean {
    const slot = this.#devices.keep(0, device)
    this.#high = fit(this.#high, slot, this.#maxDevices)
    this.#low = fit(this.#low, slot, this.#maxDevices)
    const isKnown = this.#devices.before === 0
    this.#hash.take(fingerprint, 0, 0)
    const { high, low } = this.#hash
    const changed = isKnown ? high !== this.#high[slot] || low !== this.#low[slot] : known !== undefined && known !== fingerprint
    this.#high[slot] = high
    this.#low[slot] = low
    return changed
  }
}
