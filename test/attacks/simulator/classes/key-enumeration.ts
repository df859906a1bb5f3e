import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** Project keys guessed one after the other, in the hope of one without limits; each guess would vote if it fitted. */
export const keyEnumeration: AttackClass = {
  name: 'key-enumeration',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const bot = ctx.bot(ctx.machines.desktop(random, place), ctx.ownAddress(place))
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let guess = 0; guess < ctx.size(150); guess += 1) {
        const projectKey = random.chance(0.3) ? `pk_${guess}` : `pk_${random.hex(12)}`
        const method = guess % 2 === 0 ? 'GET' : 'POST'
        ctx.attempt()
        await bot.call({ method, path: method === 'GET' ? '/board' : '/sessions', projectKey, ...(method === 'GET' ? {} : { body: {} }) })
        await actor.sleep(0.3 * SECOND)
      }
    })
  },
}
