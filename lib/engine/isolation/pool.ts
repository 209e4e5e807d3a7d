import { crc32 } from 'node:zlib'
import type { Birth } from '../worker/life.js'
import { Place, type PlaceOptions } from './place.js'

/** What a pool is given of its places; the rest is its own to tell. */
export interface PoolOptions extends Omit<PlaceOptions, 'ready' | 'gone' | 'empty' | 'harmless'> {
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
  private readonly ending = new Set<Promise<void>>()
  /** Servers of which one has ended a place, nobody knows which: each lives alone until it has answered. */
  private readonly apart = new Set<string>()
  private isClosed = false

  constructor(private readonly options: PoolOptions) {
    this.seats = new Array<Place | undefined>(options.size).fill(undefined)
  }

  place(birth: Birth, dedicated: boolean): Place {
    if (!dedicated && !this.apart.has(birth.server)) return this.shared(birth)
    const place = this.next()
    place.reservedFor = birth.server
    this.reserved.add(place)
    return place
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.spares, ...this.reserved, ...this.seats.values()].map(close))
    await Promise.all(this.ending)
  }

  // A key has one seat; a name takes an empty one, or that with the least load.
  private shared({ key }: Birth): Place {
    const loads = this.seats.map(place => place?.load ?? -1)
    const seat = key === undefined ? loads.indexOf(Math.min(...loads)) : crc32(key) % loads.length
    return (this.seats[seat] ??= this.next())
  }

  /** One that waits to be needed, or a new one. */
  private next(): Place {
    const [spare] = this.spares
    if (spare === undefined) return this.open()
    this.spares.delete(spare)
    this.spare()
    return spare
  }

  private open(): Place {
    return new Place({
      ...this.options,
      ready: () => {
        this.spare()
      },
      gone: (place, suspects) => {
        this.gone(place, suspects)
      },
      empty: place => {
        if (this.reserved.has(place)) void place.kill()
      },
      harmless: place => {
        this.harmless(place)
      },
    })
  }

  // Opened when the first place is: before, it would only compete with it.
  private spare(): void {
    if (!this.isClosed && this.spares.size < this.options.spares) this.spares.add(this.open())
  }

  private gone(place: Place, suspects: readonly string[]): void {
    this.spares.delete(place)
    this.reserved.delete(place)
    const seat = this.seats.indexOf(place)
    if (seat >= 0) this.seats[seat] = undefined
    if (suspects.length > 1) for (const suspect of suspects) this.apart.add(suspect)
    const ending = place.kill().finally(() => this.ending.delete(ending))
    this.ending.add(ending)
  }

  // From its next life on it lives among others again.
  private harmless({ reservedFor }: Place): void {
    if (reservedFor !== undefined) this.apart.delete(reservedFor)
  }
}

const close = async (place: Place | undefined): Promise<void> => place?.close()
