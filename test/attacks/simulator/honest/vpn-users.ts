import { HOUR, type Population } from '../play.ts'
import { handOf } from '../signals.ts'

/** Ordinary browsers through a VPN: two addresses of hosting companies abroad, and the language and time zone of home. */
export const vpnUsers: Population = {
  name: 'vpn-users',
  play(ctx) {
    const { random } = ctx
    const { vpn } = ctx.addresses
    const exits = [vpn.home(vpn.place()), vpn.home(vpn.place())]
    for (let visitor = 0; visitor < ctx.size(10); visitor += 1) {
      const { place } = ctx.home()
      const device = random.chance(0.3) ? ctx.machines.phone(random, place) : ctx.machines.desktop(random, place)
      ctx.visit(random.between(0, 7.5 * HOUR), ctx.visitor({ device, address: random.pick(exits), hand: handOf(device) }))
    }
  },
}
