import { type AttackClass, HOUR, MINUTE } from '../play.ts'

/**
 * The best an anonymous attacker can do: for every vote another line, and a device that is copied or made up without a
 * flaw, with the time zone and languages of the line’s country, a person’s movements, and the work done.
 */
export const bothRotated: AttackClass = {
  name: 'both-rotated',
  play(ctx) {
    const { random } = ctx
    for (let visit = 0; visit < ctx.size(200); visit += 1) {
      const place = ctx.addresses.proxies.place()
      const bot = ctx.bot(ctx.harvested(place), ctx.proxy(place))
      ctx.spawn(2 * HOUR + random.between(0, 40 * MINUTE), (actor) => ctx.behave(actor, bot))
    }
  },
}
