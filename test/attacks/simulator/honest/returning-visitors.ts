import { HOUR, type Population } from '../play.ts'

/** Come back hours later with their device token, some from another place, some with a visitorId that an update has changed. */
export const returningVisitors: Population = {
  name: 'returning-visitors',
  play(ctx) {
    const { random } = ctx
    for (let person = 0; person < ctx.size(24); person += 1) {
      const { place, address } = ctx.home()
      const visitor = ctx.visitor({ device: ctx.machines.desktop(random, place), address, hand: 'trackpad' })
      const [first, ...rest] = ctx.liked() as [string, ...string[]]
      const elsewhere = random.chance(0.4) ? ctx.addresses.homes.home(place) : undefined
      const updated = random.chance(0.25) ? random.hex(32) : undefined
      const away = random.between(1 * HOUR, 4 * HOUR)
      ctx.spawn(random.between(0, 3 * HOUR), async (actor) => {
        await visitor.arrive(actor)
        await visitor.vote(actor, first, 1)
        await actor.sleep(away)
        if (elsewhere !== undefined) visitor.browser.address = elsewhere
        if (updated !== undefined) visitor.browser.device = { ...visitor.browser.device, fingerprint: updated }
        await visitor.arrive(actor)
        await visitor.voteFor(actor, rest)
      })
    }
  },
}
