import { describeExit, type ExitReason } from '../exit.js'
import { Envelope } from '../mailbox/envelope.js'
import type { BondRequest, LifeName, MonitorRef } from '../worker/effects.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** The end of a life, as one who monitors it is told. */
export interface Down {
  readonly server: string
  /** The number of the life that ended; 0 if none ran. */
  readonly worker: number
  /** Why it ended; {@link NOPROC} if there was none. */
  readonly reason: ExitReason
}

/** The reason of an end that was before: no such life runs. OTP's `noproc`. */
export const NOPROC: ExitReason = Object.freeze({ shutdown: 'noproc' })

type Told = (down: Down) => void

/**
 * Monitors and links between the lives of an engine. In one place, for few lives have any: a life holds nothing of it, and its end asks here
 * whom to tell.
 */
export class Bonds {
  private readonly monitored = new Map<Incarnation, Set<Told>>()
  /** What each life monitors, and how it ceases to. */
  private readonly monitoring = new Map<Incarnation, Map<string, () => void>>()
  private readonly linked = new Map<Incarnation, Set<Incarnation>>()

  constructor(private readonly lifeOf: (server: string) => Incarnation | undefined) {}

  /** Tells once of the end of this life; at once if it does not run. Returns how to cancel. */
  monitor(target: LifeName, told: Told): () => void {
    const life = this.running(target)
    if (life === undefined) {
      told({ server: target.server, worker: target.worker ?? 0, reason: NOPROC })
      return () => undefined
    }
    const all = this.monitored.get(life) ?? new Set()
    this.monitored.set(life, all.add(told))
    return () => {
      all.delete(told)
      if (all.size === 0) this.monitored.delete(life)
    }
  }

  /** Carries out what a handler of this life asked for. */
  request(life: Incarnation, request: BondRequest): void {
    if (request.type === 'monitor') this.monitorFor(life, request.ref, request.target)
    else if (request.type === 'demonitor') {
      this.monitoring.get(life)?.get(request.ref.monitor)?.()
      this.forget(life, request.ref)
    } else if (request.type === 'link') this.link(life, request.target)
    else this.unlink(life, this.running(request.target))
  }

  /** This life has ended, its last words are said. */
  ended(life: Incarnation, reason: ExitReason): void {
    if (this.monitored.size === 0 && this.linked.size === 0) return
    const { home, number: worker } = life
    for (const cancel of this.monitoring.get(life)?.values() ?? []) cancel()
    this.monitoring.delete(life)
    const told = this.monitored.get(life)
    this.monitored.delete(life)
    for (const tell of told ?? []) tell({ server: home.address, worker, reason })
    for (const peer of [...(this.linked.get(life) ?? [])]) {
      this.unlink(life, peer)
      signal(peer, home.address, reason === 'kill' ? new Error('killed') : reason)
    }
  }

  private monitorFor(life: Incarnation, ref: MonitorRef, target: LifeName): void {
    const isThere = this.running(target) !== undefined
    const cancel = this.monitor(target, ({ server, reason }) => {
      this.forget(life, ref)
      inform(life, 'DOWN', { ref, server, reason: asData(life.home, reason) })
    })
    if (!isThere) return
    const cancels = this.monitoring.get(life) ?? new Map<string, () => void>()
    this.monitoring.set(life, cancels.set(ref.monitor, cancel))
  }

  private forget(life: Incarnation, { monitor }: MonitorRef): void {
    const cancels = this.monitoring.get(life)
    cancels?.delete(monitor)
    if (cancels?.size === 0) this.monitoring.delete(life)
  }

  private link(life: Incarnation, target: LifeName): void {
    const peer = this.running(target)
    if (peer === life) return
    if (peer === undefined) {
      signal(life, target.server, NOPROC)
      return
    }
    this.peersOf(life).add(peer)
    this.peersOf(peer).add(life)
  }

  private unlink(life: Incarnation, peer: Incarnation | undefined): void {
    if (peer === undefined) return
    for (const [one, other] of [
      [life, peer],
      [peer, life],
    ] as const) {
      const peers = this.linked.get(one)
      peers?.delete(other)
      if (peers?.size === 0) this.linked.delete(one)
    }
  }

  private peersOf(life: Incarnation): Set<Incarnation> {
    const peers = this.linked.get(life) ?? new Set()
    this.linked.set(life, peers)
    return peers
  }

  private running({ server, worker }: LifeName): Incarnation | undefined {
    const life = this.lifeOf(server)
    return life?.isRunning === true && (worker === undefined || worker === life.number) ? life : undefined
  }
}

/** OTP's exit signal: a message to one who traps exits, else the end of it, unless it is `normal`. `server`: whose end it tells of, if anyone's. */
export const signal = (life: Incarnation, server: string | undefined, reason: ExitReason): void => {
  const { home } = life
  if (home.settings.trapExit) inform(life, 'EXIT', { server, reason: asData(home, reason) })
  else if (reason !== 'normal' && !(reason === 'shutdown' && home.isClosing)) life.exit(reason)
}

// For this life alone: the next one has no such monitor or link.
const inform = (life: Incarnation, name: string, payload: unknown): void => {
  const { home } = life
  if (life.isRunning)
    home.apart(() => {
      home.deliver(new Envelope(home, 'info', name, payload, life.number).keepContext())
    })
}

const asData = (home: Home, reason: ExitReason): unknown => {
  try {
    return home.data.copy(reason)
  } catch {
    return new Error(describeExit(reason)) // what is no data does not cross
  }
}
