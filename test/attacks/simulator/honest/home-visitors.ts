import { HOUR, type Population } from '../play.ts'

/** Most people: their own device on their own line, IPv4 or IPv6. */
export const homeVisitors: Population = {
  name: 'home-visitors',
  play(ctx) {
    const { random } = ctx
    for (let visitor = 0; visitor < ctx.size(70); visitor += 1) {
      const { place, address } = ctx.home(random.chance(0.4))
      const mobile = random.chance(0.45)
      const device = mobile ? ctx.machines.phone(random, place) : ctx.machines.desktop(random, place)
      const hand = mobile ? 'touch' : random.pick(['mouse', 'trackpad'] as const)
      ctx.visit(random.between(0, 7.6 * HOUR), ctx.visitor({ device, address, hand }))
    }
  },
}
