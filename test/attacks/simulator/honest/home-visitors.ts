import { desktop, phone } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** Most people: their own device on their own line, IPv4 or IPv6. */
export const homeVisitors: Population = {
  name: 'home-visitors',
  play(ctx) {
    const { random } = ctx
    for (let visitor = 0; visitor < ctx.size(70); visitor += 1) {
      const mobile = random.chance(0.45)
      const device = mobile ? phone(random) : desktop(random)
      const address = random.chance(0.4) ? ctx.addresses.home6() : ctx.addresses.home()
      const hand = mobile ? 'touch' : random.pick(['mouse', 'trackpad'] as const)
      ctx.visit(random.between(0, 7.6 * HOUR), ctx.visitor({ device, address, hand }))
    }
  },
}
