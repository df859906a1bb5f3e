/** One attack class on one server: the whole honest crowd and the attack on a fresh project, then the figures. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Addresses } from './addresses.ts'
import { Browser, type Scene } from './browser.ts'
import { Machines, privateBrowser } from './devices.ts'
import { populations } from './honest/registry.ts'
import { findFaults, findUndoFaults, wrongTallies } from './invariants.ts'
import { type ClassFigures, type Observed, type PopulationFigures, explain, measureClass, measurePopulations } from './measure.ts'
import { Operator, type ProjectSettings } from './operator.ts'
import { ATTACKER_HOMES, CARRIER, CUSTOMER_HOMES, DATA_CENTRES, PROXIES, VPN_EXITS } from './places.ts'
import { type AttackClass, AttackContext, type Ground, HOUR, HonestContext } from './play.ts'
import type { ProjectMode } from '../../../server/contract/primitives.ts'
import { Random } from './random.ts'
import type { FiredRule } from './fired-rules.ts'
import type { Server } from './server.ts'
import { Truth } from './truth.ts'
import { Wire } from './wire.ts'
import { expectedHashes } from './work.ts'

export interface PlayedClass {
  figures: ClassFigures
  populations: PopulationFigures[]
  /** Why honest votes are out of the tally, and what became of the others. */
  why: string[]
  /** What should hold and does not. */
  faults: string[]
  requests: number
  /** How often the server’s watch looked, and the real milliseconds it took; undefined where it looks by itself. */
  watched: { looks: number; ms: number } | undefined
  /** What the rules of the watch made of it; undefined where the database is out of reach. */
  fired: FiredRule[] | undefined
}

export interface ClassOptions {
  seed: number
  scale: number
  mode: ProjectMode
  /** A project of the server whose settings are taken over; its own votes are left alone. */
  template?: string | undefined
}

const ITEMS = ['Single sign-on', 'Dark mode', 'Export to CSV', 'Public roadmap', 'Keyboard shortcuts', 'Webhooks']
/** A day is the longest that a held vote waits for its release, and a little more. */
const RELEASE_MS = 26 * HOUR

export async function playClass(attack: AttackClass, server: Server, options: ClassOptions): Promise<PlayedClass> {
  const { timeline } = server
  const wire = new Wire(server.base)
  try {
    const operator = new Operator(wire, server.token, (ms) => timeline.wait(ms))
    const settings = await settingsOf(operator, options)
    const project = await operator.createProject(`Simulated: ${attack.name}`, settings)
    const items: string[] = []
    for (const title of ITEMS) items.push(await operator.addItem(project.publicKey, title))

    const truth = new Truth()
    const began = timeline.now()
    const scene: Scene = {
      wire, projectKey: project.publicKey, origin: originOf(settings), now: () => timeline.now(),
      sendsFingerprint: settings.fingerprint !== 'off' && settings.mode !== 'strict',
      onRequest: (browser) => truth.noteRequest(browser, timeline.tick()),
      onWork: ({ attacking }, difficulty) => {
        if (attacking) truth.attackHashes += expectedHashes(server.shippedBits(difficulty))
      },
      onAccepted: ({ attacking }, shape) => {
        truth.noteAnswer(attacking, shape)
        timeline.stir()
      },
    }
    const random = new Random(`seed ${options.seed}`)
    const ground: Ground = {
      scene, timeline, truth, operator, items, scale: options.scale, everybodySignsIn: settings.mode === 'verified', crowd: [],
      signing: { audience: project.publicKey, kid: project.kid, secret: project.identitySecret }, machines: new Machines(random.fork('machines')),
    }
    const lines = random.fork('lines')
    const honest = {
      homes: new Addresses(CUSTOMER_HOMES, lines.fork('homes')), carrier: new Addresses(CARRIER, lines.fork('carrier')), vpn: new Addresses(VPN_EXITS, lines.fork('vpn')),
    }
    for (const population of populations) population.play(new HonestContext(ground, random.fork(population.name), honest, population.name))
    attack.play(new AttackContext(ground, random.fork(attack.name), {
      homes: new Addresses(ATTACKER_HOMES, lines.fork('attacker')), proxies: new Addresses(PROXIES, lines.fork('proxies')),
      dataCentres: new Addresses(DATA_CENTRES, lines.fork('servers')),
    }))
    await timeline.run()
    await timeline.pass(RELEASE_MS, HOUR)

    const observed = await observe(operator, scene, began)
    const fired = await server.ledger?.readAlerts()
    const faults = findFaults(truth, observed, await operator.items(project.publicKey), wire.faults)
    faults.push(...await recount(server))
    const figures = measureClass(attack.name, truth, observed, items)
    faults.push(...await undoEverything(server, operator, scene))
    return {
      figures, populations: measurePopulations(truth, observed), why: explain(truth, observed), faults, requests: wire.requests, watched: server.watched, fired,
    }
  } finally {
    wire.close()
  }
}

async function recount({ ledger }: Server): Promise<string[]> {
  const wrong = await ledger?.countTallyFaults() ?? 0
  return wrong === 0 ? [] : [`${wrong} stored tallies differ from their recount in the database`]
}

/** Takes back whatever was done about votes since they were cast, and says where that does not lead back to what they were. */
async function undoEverything(server: Server, operator: Operator, scene: Scene): Promise<string[]> {
  const before = await server.ledger?.readHistories()
  for (const { id, liftedBy } of await operator.cohorts(scene.projectKey)) {
    if (liftedBy === null || liftedBy === 'expiry') await operator.lift(scene.projectKey, id)
  }
  for (const { id, undoneAt } of await operator.invalidations(scene.projectKey)) {
    if (undoneAt === null) await operator.undo(scene.projectKey, id)
  }
  const votes = await operator.votes(scene.projectKey)
  const faults = wrongTallies({ board: await readBoard(scene), votes, events: [] }, await operator.items(scene.projectKey))
  faults.push(...await recount(server))
  if (before !== undefined) {
    const now = new Map(votes.map(({ id, state }) => [id, state]))
    faults.push(...findUndoFaults(before.votes.map((vote) => ({ ...vote, now: now.get(vote.id) ?? 'invalidated' })), before.released))
  }
  return faults.map((fault) => `after everything was undone: ${fault}`)
}

async function settingsOf(operator: Operator, { template, mode }: ClassOptions): Promise<ProjectSettings> {
  if (template === undefined) return { origins: ['https://shop.example'], mode, fingerprint: 'on', dedup: 'hold' }
  const { origins, mode: given, fingerprint, dedup } = await operator.findProject(template)
  return { origins, mode: given, fingerprint, dedup }
}

function originOf({ origins }: ProjectSettings): string {
  const [first] = origins
  if (first === undefined) throw new Error('The project allows no origin, so nobody can vote there.')
  return first.replace('*.', 'www.')
}

async function observe(operator: Operator, scene: Scene, since: number): Promise<Observed> {
  const votes = await operator.votes(scene.projectKey)
  const own = await operator.events(since, scene.projectKey)
  const unnamed = (await operator.events(since)).filter(({ projectId }) => projectId === null)
  return { board: await readBoard(scene), votes, events: [...own, ...unnamed] }
}

const BOARD_LAGS_MS = 300

/** From an address of its own, so that the looking is not limited by what was played. */
async function readBoard(scene: Scene): Promise<Observed['board']> {
  // A server shows its board anew every quarter of a second; a simulated one at once, and need not be waited for long.
  await sleep(BOARD_LAGS_MS)
  const watcher = new Browser(
    { ...scene, onRequest: () => undefined }, { attacking: false, population: 'watcher', device: privateBrowser(), address: '198.51.100.7' })
  const board = await watcher.readBoard()
  if (board === undefined) throw new Error('the board cannot be read after the attack')
  return board
}
