import { create } from 'mutative'

/** What a contender has to do at each message. */
export interface Work<S> {
  readonly first: S
  /** The state after one more. The one before must stay as it was. */
  readonly next: (state: S) => S
  readonly reply: (state: S) => number
  /** What the reply must be after so many: work that was lost shows here. */
  readonly after: (messages: number) => number
}

/** The change of a draft, by mutative as it is fastest: no patches, nothing frozen. */
export const drafted = <S extends object>(
  first: S,
  change: (draft: S) => void,
): Pick<Work<S>, 'first' | 'next'> => ({
  first,
  next: state => create(state, change as never),
})

/** Row 1: an integer state that does not change. */
export const read: Work<number> = { first: 1, next: n => n, reply: n => n, after: () => 1 }

/** Row 3: an integer state, one more each time. */
export const tally: Work<number> = { first: 0, next: n => n + 1, reply: n => n, after: n => n }

export interface Order {
  id: string
  customer: string
  street: string
  city: string
  country: string
  paid: boolean
  total: number
  discount: number
  weight: number
  revision: number
}

export const order = (): Order => ({
  id: 'o-1',
  customer: 'c-1',
  street: 'Via Roma 1',
  city: 'Torino',
  country: 'IT',
  paid: false,
  total: 120,
  discount: 0,
  weight: 3.5,
  revision: 0,
})

/** Row 2: one field of ten changes. */
export const change: Work<Order> = {
  ...drafted(order(), draft => {
    draft.revision += 1
  }),
  reply: state => state.revision,
  after: n => n,
}

/** Row 6: one key of many changes. */
export type WideObject = Record<string, number>
export type WideMap = Map<string, number>

const keys = (width: number): [string, number][] => Array.from({ length: width }, (_, i) => [`key${i}`, 0])

export const wideObject = (width: number): WideObject => Object.fromEntries(keys(width))
export const wideMap = (width: number): WideMap => new Map(keys(width))

export const changeObject = (state: WideObject): number => (state.key7 = (state.key7 ?? 0) + 1)

export const changeMap = (state: WideMap): number => {
  const value = (state.get('key7') ?? 0) + 1
  state.set('key7', value)
  return value
}
