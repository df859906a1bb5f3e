import { deviceOf } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** One carrier’s customers behind four shared addresses in two networks; half of them have one of the three best-selling phones. */
export const carrierPhones: Population = {
  name: 'carrier-phones',
  play(ctx) {
    const { random } = ctx
    const { carrier } = ctx.addresses
    const place = carrier.place()
    const gateways = [carrier.network(place), carrier.network(place)].flatMap((network) => [`${network}.20`, `${network}.21`])
    const bestSellers = Array.from({ length: 3 }, () => ctx.machines.phoneModel(random))
    for (let caller = 0; caller < ctx.size(40); caller += 1) {
      const model = random.chance(0.5) ? random.pick(bestSellers) : ctx.machines.phoneModel(random)
      const device = deviceOf(random, model, place, 3)
      ctx.visit(random.between(0.2 * HOUR, 7.5 * HOUR), ctx.visitor({ device, address: random.pick(gateways), hand: 'touch' }))
    }
  },
}
