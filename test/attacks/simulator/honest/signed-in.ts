import { HOUR, type Population } from '../play.ts'

/** Users of the customer’s site. A third vote first and sign in later, a few on a second device: one person, one vote. */
export const signedIn: Population = {
  name: 'signed-in',
  play(ctx) {
    const { random } = ctx
    for (let person = 0; person < ctx.size(30); person += 1) {
      const laterSigned = random.chance(0.33)
      const { place, address } = ctx.home()
      const visitor = ctx.visitor({ device: ctx.machines.desktop(random, place), address, hand: 'mouse', signsIn: !laterSigned })
      const liked = ctx.liked()
      const second = random.chance(0.2)
        ? { device: ctx.machines.phone(random, place), address: ctx.addresses.carrier.home(ctx.addresses.carrier.place()), after: random.between(0.2 * HOUR, 1.5 * HOUR) }
        : undefined
      ctx.spawn(random.between(0.1 * HOUR, 5 * HOUR), async (actor) => {
        await visitor.arrive(actor)
        await visitor.voteFor(actor, liked)
        if (laterSigned) {
          visitor.browser.signIn(() => ctx.signUser(visitor.person.id))
          await visitor.voteFor(actor, liked)
        }
        if (second === undefined) return
        await actor.sleep(second.after)
        const { browser } = visitor
        browser.forget()
        browser.device = second.device
        browser.address = second.address
        visitor.hand = 'touch'
        await visitor.arrive(actor)
        await visitor.voteFor(actor, liked)
      })
    }
  },
}
