/** One attack class on one server: the whole honest crowd and the attack on a fresh project, then the figures. */
import { Browser, type Scene } from './browser.ts'
import { Addresses } from './devices.ts'
import { populations } from './honest/registry.ts'
import { findFaults } from './invariants.ts'
import { type ClassFigures, type Observed, type PopulationFigures, measureClass, measurePopulations } from './measure.ts'
import { Operator, type ProjectSettings } from './operator.ts'
import { type AttackClass, AttackContext, type Ground, HonestContext } from './play.ts'
import type { ProjectMode } from '../../../server/contract/primitives.ts'
import { Random } from './random.ts'
import type { Server } from './server.ts'
import { Truth } from './truth.ts'
import { Wire } from './wire.ts'

export interface PlayedClass {
  figures: ClassFigures
  populations: PopulationFigures[]
  /** What should hold and does not. */
  faults: string[]
  requests: number
}

export interface ClassOptions {
  seed: number
  scale: number
  mode: ProjectMode
  /** A project of the server whose settings are taken over; its own votes are left alone. */
  template?: string | undefined
}

const ITEMS = ['Single sign-on', 'Dark mode', 'Export to CSV', 'Public roadmap', 'Keyboard shortcuts', 'Webhooks']
/** Honest and attacking networks never meet, unless a class means them to. */
const RANGES = { honest: 81, attack: 185 }

export async function playClass(attack: AttackClass, server: Server, options: ClassOptions): Promise<PlayedClass> {
  const wire = new Wire(server.base)
  try {
    const operator = new Operator(wire, server.token)
    const settings = await settingsOf(operator, options)
    const project = await operator.createProject(`Simulated: ${attack.name}`, settings)
    const items: string[] = []
    for (const title of ITEMS) items.push(await operator.addItem(project.publicKey, title))

    const { timeline } = server
    const truth = new Truth()
    const began = timeline.now()
    const scene: Scene = {
      wire, projectKey: project.publicKey, origin: originOf(settings),
      sendsFingerprint: settings.fingerprint !== 'off' && settings.mode !== 'strict',
      onRequest: (browser) => truth.noteRequest(browser, timeline.tick()),
    }
    const ground: Ground = {
      scene, timeline, truth, operator, items, scale: options.scale, everybodySignsIn: settings.mode === 'verified', crowd: [],
      signing: { audience: project.publicKey, kid: project.kid, secret: project.identitySecret },
    }
    const random = new Random(`seed ${options.seed}`)
    const homes = new Addresses(RANGES.honest)
    for (const population of populations) population.play(new HonestContext(ground, random.fork(population.name), homes, population.name))
    attack.play(new AttackContext(ground, random.fork(attack.name), new Addresses(RANGES.attack)))
    await timeline.run()

    const observed = await observe(operator, scene, began)
    const faults = findFaults(truth, observed, await operator.items(project.publicKey), wire.faults)
    const wrong = await server.findFaults?.() ?? 0
    if (wrong > 0) faults.push(`${wrong} stored tallies differ from their recount in the database`)
    return {
      figures: measureClass(attack.name, truth, observed, items), populations: measurePopulations(truth, observed), faults, requests: wire.requests,
    }
  } finally {
    wire.close()
  }
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

/** From an address of its own, so that the looking is not limited by what was played. */
async function observe(operator: Operator, scene: Scene, since: number): Promise<Observed> {
  const votes = await operator.votes(scene.projectKey)
  const own = await operator.events(since, scene.projectKey)
  const unnamed = (await operator.events(since)).filter(({ projectId }) => projectId === null)
  const visitor = { userAgent: 'simulator', acceptLanguage: 'en', fingerprint: undefined }
  const watcher = new Browser({ ...scene, onRequest: () => undefined }, { attacking: false, population: 'watcher', device: visitor, address: '198.51.100.7' })
  const board = await watcher.readBoard()
  if (board === undefined) throw new Error('the board cannot be read after the attack')
  return { board, votes, events: [...own, ...unnamed] }
}
