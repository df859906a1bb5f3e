import { HOUR, type Population } from '../play.ts'

/** Keyboards, switches and screen readers: no pointer, hence no path, no hover and no press to show. */
export const keyboardUsers: Population = {
  name: 'keyboard-users',
  play(ctx) {
    const { random } = ctx
    for (let visitor = 0; visitor < ctx.size(16); visitor += 1) {
      const { place, address } = ctx.home()
      const hand = random.chance(0.3) ? 'assistive' : 'keyboard'
      ctx.visit(random.between(0, 7.5 * HOUR), ctx.visitor({ device: ctx.machines.desktop(random, place), address, hand }))
    }
  },
}
