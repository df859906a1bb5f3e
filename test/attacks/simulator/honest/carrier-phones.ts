import { phone } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** One carrier’s customers: three popular models, each with one visitorId, behind four shared addresses in two networks. */
export const carrierPhones: Population = {
  name: 'carrier-phones',
  play(ctx) {
    const { random } = ctx
    const networks = [ctx.addresses.network(), ctx.addresses.network()]
    const gateways = networks.flatMap((network) => [`${network}.20`, `${network}.21`])
    const models = Array.from({ length: 3 }, () => phone(random))
    for (let caller = 0; caller < ctx.size(40); caller += 1) {
      const model = random.chance(0.5) ? models[0] : random.chance(0.6) ? models[1] : models[2]
      const device = { ...phone(random), ...model }
      ctx.visit(random.between(0.2 * HOUR, 7.5 * HOUR), ctx.visitor({ device, address: random.pick(gateways), hand: 'touch' }))
    }
  },
}
