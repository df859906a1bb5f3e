import { type AttackClass, HOUR, MINUTE } from '../play.ts'

const USERS_PER_ADDRESS = 12

/**
 * The customer’s identity secret has leaked, and its holder is careful: user ids that look like anybody’s, flawless devices,
 * a pool of people’s lines, a dozen users on each, as in a large household or a small office.
 */
export const generatedUsers: AttackClass = {
  name: 'generated-users',
  play(ctx) {
    const { random } = ctx
    for (let line = 0; line < ctx.size(13); line += 1) {
      const place = ctx.addresses.proxies.place()
      const address = ctx.proxy(place)
      for (let user = 0; user < USERS_PER_ADDRESS; user += 1) {
        const bot = ctx.bot(ctx.harvested(place), address)
        const sub = `usr_${random.hex(12)}`
        bot.signIn(() => ctx.signUser(sub))
        ctx.spawn(2 * HOUR + random.between(0, 40 * MINUTE), (actor) => ctx.behave(actor, bot))
      }
    }
  },
}
