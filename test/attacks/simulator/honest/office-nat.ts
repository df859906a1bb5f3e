import { officeImage } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'
import { handOf } from '../signals.ts'

/** A company behind one address: four in five on the same laptop from the same image, hence with one core and one visitorId; the rest bring their own. */
export const officeNat: Population = {
  name: 'office-nat',
  play(ctx) {
    const { random } = ctx
    const { place, address } = ctx.home()
    const image = officeImage(random, place)
    for (let seat = 0; seat < ctx.size(40); seat += 1) {
      const issued = seat % 5 !== 4
      const device = issued ? image : random.chance(0.5) ? ctx.machines.phone(random, place) : ctx.machines.desktop(random, place)
      const hand = issued ? random.pick(['mouse', 'mouse', 'trackpad'] as const) : handOf(device)
      ctx.visit(random.between(0.4 * HOUR, 3.4 * HOUR), ctx.visitor({ device, address, hand }))
    }
  },
}
