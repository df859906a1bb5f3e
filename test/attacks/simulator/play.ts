/** What a population or an attack has to play with: its own chance, addresses, people and browsers on one project. */
import { type Ballot, Browser, type Scene } from './browser.ts'
import type { Addresses } from './addresses.ts'
import { type Device, type Machines, deviceOf, desktopOf } from './devices.ts'
import type { Operator } from './operator.ts'
import type { Place } from './places.ts'
import type { Random } from './random.ts'
import { type Hand, handOf, humanSignals } from './signals.ts'
import type { Signals } from '../../../server/contract/signals.ts'
import type { Actor, Timeline, Work } from './timeline.ts'
import { type Signing, signUser } from './tokens.ts'
import type { Truth } from './truth.ts'
import { IN_VIEW_MS, Visitor } from './visitor.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export interface Population {
  name: string
  play(ctx: HonestContext): void
}
export interface AttackClass {
  name: string
  play(ctx: AttackContext): void
}

/** Everything the plays of one class share. */
export interface Ground {
  scene: Scene
  timeline: Timeline
  truth: Truth
  operator: Operator
  /** The project’s identity secret: its backend has it, and in one class an attacker. */
  signing: Signing
  items: readonly string[]
  scale: number
  /** Verified mode: nobody votes without signing in, so every person does. */
  everybodySignsIn: boolean
  crowd: Visitor[]
  machines: Machines
}
/** Disjoint: honest and attacking networks never meet, unless a class means them to. */
export interface HonestAddresses {
  homes: Addresses
  carrier: Addresses
  vpn: Addresses
}
export interface AttackAddresses {
  homes: Addresses
  proxies: Addresses
  dataCentres: Addresses
}

/** How likely a person is to like each item, in board order. */
const APPEAL = [0.62, 0.45, 0.35, 0.3, 0.2, 0.12]
const LOOK_AGAIN = 0.3

abstract class Context {
  readonly ground: Ground
  readonly random: Random
  #people = 0

  constructor(ground: Ground, random: Random) {
    this.ground = ground
    this.random = random
  }

  get items(): readonly string[] {
    return this.ground.items
  }
  get timeline(): Timeline {
    return this.ground.timeline
  }
  get machines(): Machines {
    return this.ground.machines
  }
  get operator(): Operator {
    return this.ground.operator
  }
  get projectKey(): string {
    return this.ground.scene.projectKey
  }

  /** `count` at scale 1; never none. */
  size(count: number): number {
    return Math.max(1, Math.round(count * this.ground.scale))
  }

  spawn(delayMs: number, work: Work): void {
    this.ground.timeline.spawn(delayMs, work)
  }

  signUser(sub: string): string {
    return signUser(this.ground.signing, sub, this.timeline.now())
  }

  protected visitorOf(
    population: string, attacking: boolean, given: { device: Device; address: string; hand: Hand; signsIn?: boolean },
  ): Visitor {
    this.#people += 1
    const { scene, timeline, truth, everybodySignsIn, crowd } = this.ground
    const person = { id: `${population}-${this.#people}`, population, attacks: attacking }
    const browser = new Browser(scene, { attacking, population, device: given.device, address: given.address })
    if (everybodySignsIn || given.signsIn === true) browser.signIn(() => this.signUser(person.id))
    const visitor = new Visitor({ person, browser, truth, timeline, random: this.random.fork(`visitor ${this.#people}`), hand: given.hand })
    if (!attacking) crowd.push(visitor)
    return visitor
  }
}

export class HonestContext extends Context {
  readonly population: string
  readonly addresses: HonestAddresses

  constructor(ground: Ground, random: Random, addresses: HonestAddresses, population: string) {
    super(ground, random)
    this.addresses = addresses
    this.population = population
  }

  visitor(given: { device: Device; address: string; hand: Hand; signsIn?: boolean }): Visitor {
    return this.visitorOf(this.population, false, given)
  }

  /** Somebody at home: where, and an address of their own. */
  home(v6 = false): { place: Place; address: string } {
    const { homes } = this.addresses
    const place = homes.place()
    return { place, address: v6 ? homes.home6(place) : homes.home(place) }
  }

  /** The items a person likes, at least one, in board order. */
  liked(): string[] {
    const liked = this.items.filter((_, index) => this.random.chance(APPEAL[index] ?? 0.1))
    return liked.length > 0 ? liked : [this.random.pick(this.items)]
  }

  /** Arrives, votes for what they like, leaves. */
  visit(delayMs: number, visitor: Visitor): void {
    const liked = this.liked()
    this.live(delayMs, visitor, async (actor) => {
      await visitor.arrive(actor)
      await visitor.voteFor(actor, liked)
    })
  }

  /** Does that, and, as three in ten without an account do, has another look at the board hours later. */
  live(delayMs: number, visitor: Visitor, work: Work): void {
    const looksAgain = this.random.chance(LOOK_AGAIN) && !visitor.browser.signedIn ? this.random.between(0.4 * HOUR, 5 * HOUR) : undefined
    this.spawn(delayMs, async (actor) => {
      await work(actor)
      if (looksAgain === undefined) return
      await actor.sleep(looksAgain)
      await visitor.lookAgain(actor)
    })
  }
}

export class AttackContext extends Context {
  readonly addresses: AttackAddresses

  constructor(ground: Ground, random: Random, addresses: AttackAddresses) {
    super(ground, random)
    this.addresses = addresses
  }

  /** What the attacker wants on top. */
  get target(): string {
    return this.items[1] as string
  }
  get signing(): Signing {
    return this.ground.signing
  }
  /** Honest people on the board, as an attacker who listens in may see them. */
  get crowd(): readonly Visitor[] {
    return this.ground.crowd
  }

  /** The attacker in person: one human being, whose own vote is worth as much as anybody’s. */
  self(given: { device: Device; address: string; hand?: Hand; signsIn?: boolean }): Visitor {
    return this.visitorOf('attackers themselves', true, { hand: 'mouse', ...given })
  }

  bot(device: Device, address: string): Browser {
    return new Browser(this.ground.scene, { attacking: true, population: 'bots', device, address })
  }

  /** The attacker’s own line and machine. */
  ownPlace(): Place {
    return this.addresses.homes.place()
  }
  ownAddress(place = this.ownPlace()): string {
    return this.addresses.homes.home(place)
  }
  /** Somebody else’s line, let by a seller of such lines. */
  proxy(place = this.addresses.proxies.place()): string {
    return this.addresses.proxies.home(place)
  }

  /** An identity without a flaw: half of them copied from popular machines, half made up, each consistent with the place. */
  harvested(place: Place): Device {
    const { random, machines } = this
    const machine = random.chance(0.5) ? desktopOf(random) : random.chance(0.4) ? machines.phoneModel(random) : machines.popularDesktop(random)
    return deviceOf(random, machine, place)
  }

  /** A person’s movements, for the device that is claimed. */
  humanly(bot: Browser, dwellMs: number): Signals {
    return humanSignals(this.random, handOf(bot.device), dwellMs)
  }

  /** One vote too many, or the attempt. Returns the status of the answer. With an actor it waits out the minimum dwell. */
  async cast(bot: Browser, { itemId = this.target, ...ballot }: Ballot & { itemId?: string | undefined } = {}): Promise<number> {
    this.attempt(itemId)
    const { status, voter } = await bot.vote(itemId, 1, ballot)
    if (voter !== undefined) this.ground.truth.attackIds.add(`${itemId}:${voter}`)
    return status
  }

  /** As cast, for a request whose whole body the attacker writes. */
  async castBody(bot: Browser, body: object, itemId = this.target): Promise<number> {
    this.attempt(itemId)
    const { status, voter } = await bot.send(itemId, body)
    if (voter !== undefined) this.ground.truth.attackIds.add(`${itemId}:${voter}`)
    return status
  }

  /** Counts an attempt at a vote that is made in some other way. */
  attempt(itemId = this.target): void {
    this.ground.truth.castAttack(itemId, this.timeline.now())
  }

  /** A program that behaves: opens the page, waits as long as its signals will claim, votes once. */
  async behave(actor: Actor, bot: Browser, signals = (dwellMs: number): Signals => this.humanly(bot, dwellMs)): Promise<number> {
    await bot.readBoard()
    await actor.sleep(IN_VIEW_MS)
    await bot.startSession()
    const dwellMs = this.random.between(2500, 11_000)
    await actor.sleep(dwellMs - IN_VIEW_MS)
    return await this.cast(bot, { signals: signals(dwellMs), actor })
  }
}
