import { HOUR, MINUTE, type Population } from '../play.ts'

/**
 * A mention in the news that nobody announced: as many people as on the rest of the day within four minutes, most of them
 * for one item. The operator notices after twenty minutes, and declares what has happened.
 */
export const launchDay: Population = {
  name: 'launch-day',
  play(ctx) {
    const { random } = ctx
    const [announced] = ctx.items as [string]
    for (let reader = 0; reader < ctx.size(120); reader += 1) {
      const { place, address } = ctx.home(random.chance(0.3))
      const mobile = random.chance(0.7)
      const device = mobile ? ctx.machines.phone(random, place) : ctx.machines.desktop(random, place)
      const visitor = ctx.visitor({ device, address, hand: mobile ? 'touch' : 'mouse' })
      const liked = random.chance(0.85) ? [announced] : ctx.liked()
      ctx.live(4 * HOUR + random.between(0, 4 * MINUTE), visitor, async (actor) => {
        await visitor.arrive(actor)
        await visitor.voteFor(actor, liked)
      })
    }
    ctx.spawn(4 * HOUR, async (actor) => {
      const startsAt = ctx.timeline.now()
      await actor.sleep(20 * MINUTE)
      await ctx.operator.expectSpike(ctx.projectKey, { itemId: announced, startsAt, endsAt: startsAt + 2 * HOUR, reason: 'Mentioned in the news' })
    })
  },
}
