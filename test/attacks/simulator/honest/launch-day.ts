import { desktop, phone } from '../devices.ts'
import { HOUR, MINUTE, type Population } from '../play.ts'

/** A mention in the news: as many people as on the rest of the day within four minutes, most of them for one item. */
export const launchDay: Population = {
  name: 'launch-day',
  play(ctx) {
    const { random } = ctx
    for (let reader = 0; reader < ctx.size(120); reader += 1) {
      const mobile = random.chance(0.7)
      const device = mobile ? phone(random) : desktop(random)
      const address = random.chance(0.3) ? ctx.addresses.home6() : ctx.addresses.home()
      const visitor = ctx.visitor({ device, address, hand: mobile ? 'touch' : 'mouse' })
      const [announced] = ctx.items as [string]
      const liked = random.chance(0.85) ? [announced] : ctx.liked()
      ctx.spawn(4 * HOUR + random.between(0, 4 * MINUTE), async (actor) => {
        await visitor.arrive(actor)
        await visitor.voteFor(actor, liked)
      })
    }
  },
}
