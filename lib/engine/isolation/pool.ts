import { crc32 } from 'node:zlib'
import { systemClock } from '../clock.js'
import { done } from '../promptly.js'
import type { Birth } from '../worker/life.js'
import { Place, type PlaceOptions } from './place.js'

/** How many suspects live alone at most; those beyond share. */
const APART = 8

/** ms. */
const LATER = 100

/** What a pool is given of its places; the rest is its own to tell. */
export interface PoolOptions extends Omit<PlaceOptions, 'answered' | 'gone' | 'empty' | 'harmless'> {
  /** Places. */
  readonly size: number
  /** Places that are opened before they are needed. */
  readonly spares: number
}

/** The places of one kind, and which servers live in which. */
export class Pool {
  /** Those that servers share; one that has ended leaves its seat. */
  private readonly seats: (Place | undefined)[]
  /** Those of one server each. */
  private readonly reserved = new Set<Place>()
  private readonly spares = new Set<Place>()
  /** Those that nobody lives in any more. */
  private readonly retired = new Set<Place>()
  private readonly ending = new Set<Promise<void>>()
  /** Servers of which one has ended a place, nobody knows which: each lives alone until it has answered. */
  private readonly apart = new Set<string>()
  private isClosed = false

  constructor(private readonly options: PoolOptions) {
    this.seats = new Array<Place | undefined>(options.size).fill(undefined)
  }

  place(birth: Birth, dedicated: boolean): Place {
    const isApart = this.apart.has(birth.server) && this.reserved.size < this.seats.length + APART
    if (!dedicated && !isApart) return this.shared(birth)
    const place = this.next()
    place.reservedFor = birth.server
    this.reserved.add(place)
    return place
  }

  async close(): Promise<void> {
    this.isClosed = true
    const { spares, reserved, retired, seats } = this
    await Promise.all([...spares, ...reserved, ...retired, ...seats].map(close))
    await Promise.all(this.ending)
  }

  // A key has one seat; a name takes an empty one, or that with the least load.
  private shared({ key }: Birth): Place {
    const seat = key === undefined ? this.emptiest : crc32(key) % this.seats.length
    return (this.seats[seat] ??= this.next())
  }

  private get emptiest(): number {
    const loads = this.seats.map(place => place?.load ?? -1)
    return loads.indexOf(Math.min(...loads))
  }

  /** One that waits to be needed, or a new one. */
  private next(): Place {
    const [spare] = this.spares
    if (spare === undefined) return this.open()
    this.spares.delete(spare)
    return spare
  }

  private open(): Place {
    return new Place({
      ...this.options,
      answered: () => {
        if (this.spares.size < this.options.spares) systemClock.yield(this.spare)
      },
      gone: (place, suspects) => {
        this.gone(place, suspects)
      },
      empty: place => {
        if (this.reserved.delete(place)) this.retire(place)
      },
      harmless: place => {
        this.harmless(place)
      },
    })
  }

  // Opened once a message was answered: before, it would only compete with who answers it.
  private readonly spare = (): void => {
    if (!this.isClosed && this.spares.size < this.options.spares) this.spares.add(this.open())
  }

  // Not at once: its end holds up this thread for some ms, in which its server may be back elsewhere.
  private retire(place: Place): void {
    this.retired.add(place)
    const close = (): void => {
      if (this.retired.delete(place)) this.end(place.close())
    }
    systemClock.after(LATER, close).hold(false)
  }

  private end(work: Promise<void>): void {
    const ending = work.catch(done).finally(() => this.ending.delete(ending))
    this.ending.add(ending)
  }

  private gone(place: Place, suspects: readonly string[]): void {
    this.spares.delete(place)
    this.reserved.delete(place)
    this.retired.delete(place)
    const seat = this.seats.indexOf(place)
    if (seat >= 0) this.seats[seat] = undefined
    if (suspects.length > 1) for (const suspect of suspects) this.apart.add(suspect)
    this.end(place.kill())
  }

  // It lives among others again: where it is, if there is a seat; else from its next life on.
  private harmless(place: Place): void {
    const { reservedFor } = place
    if (reservedFor === undefined || !this.apart.delete(reservedFor)) return
    const seat = this.seats.indexOf(undefined)
    if (seat < 0) return
    place.reservedFor = undefined
    this.reserved.delete(place)
    this.seats[seat] = place
  }
}

const close = async (place: Place | undefined): Promise<void> => place?.close()
