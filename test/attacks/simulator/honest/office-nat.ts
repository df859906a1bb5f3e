import { OFFICE_BROWSER, desktop, phone } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** A company behind one address: four in five on the same laptop from the same image, hence with one visitorId; the rest bring their own. */
export const officeNat: Population = {
  name: 'office-nat',
  play(ctx) {
    const { random } = ctx
    const address = ctx.addresses.home()
    const image = random.hex(32)
    for (let seat = 0; seat < ctx.size(40); seat += 1) {
      const issued = seat % 5 !== 4
      const device = issued ? { ...desktop(random), userAgent: OFFICE_BROWSER, fingerprint: image } : random.chance(0.5) ? phone(random) : desktop(random)
      const hand = issued ? random.pick(['mouse', 'mouse', 'trackpad'] as const) : device.userAgent.includes('Mobile') ? 'touch' : 'mouse'
      ctx.visit(random.between(0.4 * HOUR, 3.4 * HOUR), ctx.visitor({ device, address, hand }))
    }
  },
}
