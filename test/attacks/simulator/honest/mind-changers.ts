import { HOUR, MINUTE, type Population, SECOND } from '../play.ts'

/** Vote, take it back, vote again; a third of them end without. */
export const mindChangers: Population = {
  name: 'mind-changers',
  play(ctx) {
    const { random } = ctx
    for (let person = 0; person < ctx.size(16); person += 1) {
      const { place, address } = ctx.home()
      const visitor = ctx.visitor({ device: ctx.machines.desktop(random, place), address, hand: 'mouse' })
      const liked = ctx.liked()
      const stays = !random.chance(0.33)
      const pause = random.chance(0.5) ? random.between(2 * SECOND, 20 * SECOND) : random.between(2 * MINUTE, 50 * MINUTE)
      ctx.live(random.between(0.2 * HOUR, 5 * HOUR), visitor, async (actor) => {
        await visitor.arrive(actor)
        await visitor.voteFor(actor, liked)
        const [unsure] = liked as [string]
        await actor.sleep(pause)
        await visitor.vote(actor, unsure, 0)
        await actor.sleep(pause / 2)
        if (stays) await visitor.vote(actor, unsure, 1)
      })
    }
  },
}
