import { HOUR, type Population } from '../play.ts'

/** Bad reception: the answer is lost and the same request goes out again, at once, twice at the same time, or a minute later. */
export const retries: Population = {
  name: 'retries',
  play(ctx) {
    const { random } = ctx
    for (let person = 0; person < ctx.size(16); person += 1) {
      const { place, address } = ctx.home()
      const visitor = ctx.visitor({ device: ctx.machines.phone(random, place), address, hand: 'touch' })
      const liked = ctx.liked()
      const pause = random.pick([0, 400, 1600, 60_000])
      const times = 1 + random.below(3)
      ctx.live(random.between(0.2 * HOUR, 7 * HOUR), visitor, async (actor) => {
        await visitor.arrive(actor)
        for (const itemId of liked) {
          await visitor.vote(actor, itemId, 1)
          await actor.sleep(pause)
          await visitor.repeat(itemId, 1, times)
        }
      })
    }
  },
}
